"""What people did to a scene's labels: the log of it, and how it is laid onto newer labels.

``model`` says what an edit is; ``compose`` makes one, ``log`` writes it, ``reading`` reads all.
``resolve`` lays them onto labels. In the order of its work:

- ``timeline``: which edits hold; ``placing``: in the labels' frames and origin.
- ``stories``: edits that name the same tracks (``topics``, ``components``), each ``story`` folded
  by ``replay`` into ``wishes``.
- ``matching``: which automatic boxes are theirs (``nearby``, ``affinity``, ``found``).
- ``settle``: stories of the same automatic tracks as objects (``unite``, ``spread``, ``suppress``),
  each ``laid`` along its ``path`` with ``corrections``.
- ``part``: what those add to the labels: boxes (``assemble``), ``track_facts``, ``notes``,
  ``complaints``.
- ``whole``: all parts on one ``canvas``, seen as ``resolved``.
"""
