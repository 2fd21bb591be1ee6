"""The one screen that a person sees at the first start."""

GUIDE = (
    "A machine has labeled this drive. You look at what it is unsure of, and put right what is"
    "\nwrong. The list at the right says what most needs eyes, and why.",
    "Tab goes to the next of it. Enter accepts the object and goes on; Backspace rejects it.",
    "Click an object to select it, in the street, in its three views or in the images. Drag its"
    "\nfaces, corners and middle in any view; the knob before its front turns it. W A S D Q E move"
    "\nit, Z X turn it, Alt+O fits it to the points, Alt+G puts it on the ground, G flips it.",
    "What you set in one frame is a keyframe; between keyframes the machine's boxes follow."
    "\nLeft and Right go through the frames, Space plays, V shows the object in many frames.",
    "F and a click on an object make a new box. Delete takes one away. Ctrl+Z takes anything back.",
    "Whatever you do is on the disk at once; there is nothing to save.     ? shows all keys.",
)
