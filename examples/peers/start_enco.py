"""ENCO on `scmgen export --to enco`: its loader, and a step of fitting distributions and of fitting the graph."""

import os

import stand_ins


def main():
    """Start the peer's training."""
    given = stand_ins.arguments("github.com/phlippe/ENCO", split=("train", "which file of the export"))
    place = stand_ins.alone(given.checkout)
    from causal_discovery.enco import ENCO
    from causal_graphs.graph_export import load_graph

    graph = load_graph(given.export / f"{given.split}.npz")
    print("data_obs", graph.data_obs.shape, "data_int", graph.data_int.shape, "edges", graph.edges.tolist())
    print("categorical" if graph.is_categorical else "continuous")
    samples = {"sample_size_obs": len(graph.data_obs), "sample_size_inters": graph.data_int.shape[1]}
    learner = ENCO(graph, model_iters=1, graph_iters=1, batch_size=32, GF_num_graphs=4, **samples)
    found = learner.discover_graph(num_epochs=1)
    print("started: ENCO, 1 epoch of 1 + 1 steps; edges", int(found.sum()), "of", int(graph.adj_matrix.sum()))
    os.chdir(given.checkout)
    place.cleanup()


if __name__ == "__main__":
    main()
