// Package evloop tells the owners of many descriptors when these can be read or
// written, without a goroutine or a buffer for each of them. It exists on Linux;
// elsewhere, and with the build tag portable, [Available] is false.
//
// # How it works
//
// There is one loop for every processor. A loop is an epoll set and a goroutine
// that leads it: the holder of a [Turn]. The epoll descriptor itself is watched by
// Go's own poller, so that no thread sits in epoll_wait.
//
// The leader calls the owners' code itself, because handing every message to
// another goroutine costs as much as all the rest together. Code that blocks must
// not hold up the loop, so it is fenced by [Turn.Enter] and [Turn.Leave], and a
// watchdog looks at the leaders every millisecond. When it sees one in the same
// call twice, it declares it overdue and a new goroutine takes the lead, with the
// events that the old one had not come to. Leave tells the old one, which then has
// no loop any more.
//
// What was being done for the source of the overdue call can go on too if the call
// had been released ([Turn.Release]): the caller has promised that it will not
// touch the source's reading side afterwards.
//
// # Rules for sources
//
// Events are edges: a source reads until there is nothing more, or asks to be
// called again with [Turn.Again]. Ready can be called while an earlier call is
// still running in a goroutine that has lost its lead; sources guard themselves.
// A source whose handle was closed can still be called for an event that had been
// fetched before.
package evloop
