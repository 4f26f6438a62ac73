"""Large runs: sites in parts along a Hilbert curve, each screened by the same stages, here or on a cluster.

A part is a few thousand neighbours. What a part found is kept as Parquet in a folder beside the result, named by all that
may change an answer; a run that was killed goes on after the last part finished. The parts are then streamed into the
run's folder, so that memory is bounded by a part and by what the layers take. Findings and verdicts are those of a run
in one piece: every stage looks at each site by itself.
"""
