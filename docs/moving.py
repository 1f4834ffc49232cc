"""What the page of the stage language says of things of several parts, bodies and physics."""

PARTS = """## Things of several parts

Parts of one thing have the same `at` and `rotate`; where each sits in it, `shift` and `tilt` say.
"""
BODIES = """## Bodies

`bodies` are parts that carry others: each stands on the stage or on its `parent`, and may slide along a line and turn
about one. An object, a lamp or the camera that has a `parent` moves with it; its place and turn are told there. A do on
a joint moves what hangs on it, and nothing else. A body has no look of its own.

{body}
| `parent` | the stage | name | the body that carries it |
| `free` | false | | under physics: whether it falls and turns; such a body has no parent and no joint |
| `slide` | none | | moves it along a line: {slide} |
| `hinge` | none | | turns it about a line through its origin, after that: {hinge} |

![arm](../images/stage/arm.png)

```yaml
{example}
```

The scene [arm3d](../data-sets/arm3d.md) is made so. A name that no body has, bodies that carry each other in a circle
and an axis without length are told with their line.
"""
PHYSICAL = """## Physics

With `renderer: mujoco` a stage may have `physics`: of each sample [MuJoCo](https://mujoco.readthedocs.io) makes a model
in memory of the same bodies and objects, lets it fall, swing and collide for some seconds, and the image shows where
everything is then. Masks, depth and normals follow. It begins where the stage says without physics, at rest but for the
`speed` of joints.

{physics}
| `step` | {step:g} | seconds | how much time is computed at once, a number; at most {steps:,} steps a sample |

![Blocks that a swinging ball knocks over](../images/stage/physics.png)

```yaml
{example}
```

- **What moves** is a body with `free: true`, and one with a `hinge` or a `slide`, which begins where its `angle` or its
  `by` says and moves on from there. A body with neither keeps still, or goes with its `parent`.
- **An object** on a body is part of it, as heavy as its size and the body's `density` make it; one on no body stands
  still, and holds what falls on it. One whose `when` is 0 is not there.
- **Shapes** are as they look, but of a torus, a mesh, a cone and a cylinder that is wider one way it is the convex hull
  that touches: holes and hollows are filled. A `plane` on no body holds like a floor without end, on the side that it
  faces; one on a body neither weighs nor pushes.
- **Things push each other** wherever they touch, and apart where they overlap at the beginning; only a body and its
  `parent` pass through each other. `friction` is that of the body, whatever it slides on; of two bodies the larger one.
  Things hardly bounce, sink in by a few hundredths of a length where they hit hard, and pass through what is thinner
  than their way in a step. Joints have no friction.

A scene with [frames](language.md#scenes-that-move) that says `seconds: time * 0.1` is a clip. Each of its frames is
stepped from the beginning, with the values of that frame: they should be constants of the clip, and a do begins with
the first frame (`at=0`); one that begins later shows from there on what there would be, had it always held. Images stay
a function of the values of a sample: a do on how heavy the ball is, or on where it begins, gives the exact
counterfactual. What does not touch what the do has moved ends where it did, to the bit; but what is asked beforehand,
which factors may place an object that moves, counts all that could touch it. The bytes are equal in all processes of a
machine. On another kind of processor, or by another version of MuJoCo, a fall in which much collides may end elsewhere:
keep it brief where others shall verify it.

Told with its line, and its row: more steps, less than 0 seconds, a number that is not finite, a simulation that MuJoCo
calls unstable (a smaller `step` may help), and `free`, `speed`, `density` or `friction` without `physics`.
"""
