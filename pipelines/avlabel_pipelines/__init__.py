"""The stages of avlabel over many logs, on one machine or a cluster, by Dask."""
