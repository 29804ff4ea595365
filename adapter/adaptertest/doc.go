// Package adaptertest is the contract of [adapter.Adapter] as a test suite, for the
// adapters of this project and for those of others:
//
//	func TestAdapter(t *testing.T) {
//		adaptertest.Run(t, adaptertest.Cluster{
//			Servers: 3,
//			New:     func(t testing.TB, servers int) []adapter.Factory { … },
//		})
//	}
//
// Each case is a sentence of the contract; its failure says which one is broken. The
// servers are played by the suite, so that an adapter is tested alone and fast.
package adaptertest
