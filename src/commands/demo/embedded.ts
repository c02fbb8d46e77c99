/** The demo's machine: A6 paper, four rows of 40 strokes with their names, a plotter that stands on the corner mark when it gets power. */
export const demoConfig = `
version = 1

[live]
user = "ink_host_01"

[plotter]
origin = "power-on"
idleParkSeconds = 2

[paper]
widthMm = 105
heightMm = 148
marginMm = 12

[stroke]
lengthMm = 22
spacingMm = 2
style = "tally"
jitterMm = 0.35

[lettering]
label = "{row}"
labelMm = 2.8
heading = ""
headingMm = 4
marginMm = 5

[drawing]
order = "oldest"

[[rows]]
id = "1"
name = "Roses"
yMm = 112
maxStrokes = 40

[[rows]]
id = "2"
name = "Fingers and hearts"
yMm = 80
maxStrokes = 40

[[rows]]
id = "3"
name = "Cheers"
yMm = 48
maxStrokes = 40

[[rows]]
id = "4"
name = "Treasures"
yMm = 16
maxStrokes = 40
`;

/** Gifts of the recorded live; when a gift's row is full it goes on in the next one. "Virtual Inkwell" is left out. */
export const demoGifts = `
{
  "version": 1,
  "gifts": [
    { "name": "Rose", "rows": ["1", "2", "3", "4"] },
    { "name": "Finger Heart", "rows": ["2", "3", "4", "1"] },
    { "name": "Hand Hearts", "rows": ["2", "3", "4", "1"], "strokes": 3 },
    { "name": "TikTok", "rows": ["3", "4", "1", "2"] },
    { "name": "GG", "rows": ["3", "4", "1", "2"] },
    { "name": "Perfume", "rows": ["4", "1", "2", "3"] },
    { "name": "Doughnut", "rows": ["4", "1", "2", "3"], "strokes": 2 },
    { "name": "Corgi", "rows": ["4", "1", "2", "3"], "strokes": 5 },
    { "name": "Galaxy", "rows": ["4", "1", "2", "3"], "strokes": 10 }
  ]
}
`;
