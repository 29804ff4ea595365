// Package dispatch is what the two sides do alike with events that arrive: find
// their handlers, call these one event of a socket at a time and in order, and
// wait for acknowledgements.
package dispatch
