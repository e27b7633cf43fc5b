"""The product as a whole on real parts: the demo, the benchmarks, and the stage the tests share with them."""
