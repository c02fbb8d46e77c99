/** What a demo shows: the config and gift map of its machine, beside what all of them have. */
export interface DemoScene {
  readonly config: string;
  readonly gifts: string;
  /** Written on a plate at the start; none by default. */
  readonly text?: string;
  /** Whether the rose is drawn on a plate. */
  readonly drawsRose?: true;
}

/** What the machines of all scenes have in common. */
const machine = `
version = 1

[live]
user = "ink_host_01"

[plotter]
origin = "power-on"
idleParkSeconds = 2

[drawing]
order = "oldest"
`;

/** A6 paper, four rows of 40 strokes with their names, a plotter that stands on the corner mark when it gets power. */
const strokes: DemoScene = {
  config: `${machine}
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
`,
  // Gifts of the recorded live; when a gift's row is full it goes on in the next one. "Virtual Inkwell" is left out.
  gifts: `
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
`,
};

/** The same gifts, each worth twice as much, all in the first row: the rose has more pieces than a row has strokes. */
function inOneRow(map: string): string {
  const { gifts }: { gifts: { name: string; strokes?: number }[] } = JSON.parse(map);
  return JSON.stringify({
    version: 1,
    gifts: gifts.map(({ name, strokes: worth = 1 }) => ({ name, row: '1', strokes: 2 * worth })),
  });
}

/** One row on A6 paper: a rose, of which each gift draws the next piece. */
const picture: DemoScene = {
  config: `${machine}
[paper]
widthMm = 105
heightMm = 148
marginMm = 10

[[rows]]
id = "1"
name = "A rose"
picture = "rose.svg"
xMm = 15
yMm = 13
widthMm = 75
heightMm = 125
strokeMm = 16
`,
  gifts: inOneRow(strokes.gifts),
};

/** A5 paper: a rose and a name on plates, and four rows of strokes beneath them. */
const drawings: DemoScene = {
  config: `${machine}
[paper]
widthMm = 148
heightMm = 210
marginMm = 12

[stroke]
lengthMm = 7
spacingMm = 1.6
style = "tally"
jitterMm = 0.25

[[plates]]
id = "rose"
xMm = 39
yMm = 82
widthMm = 70
heightMm = 116

[[plates]]
id = "name"
xMm = 24
yMm = 61
widthMm = 100
heightMm = 14
${['Roses', 'Fingers and hearts', 'Cheers', 'Treasures']
  .map((name, index) => `\n[[rows]]\nid = "${index + 1}"\nname = "${name}"\nyMm = ${48 - 12 * index}\n`)
  .join('')}`,
  gifts: strokes.gifts,
  text: 'Спасибо, Оксана!',
  drawsRose: true,
};

/** The scenes of the demo by the option that shows them; without one it is the first. */
export const demoScenes = { strokes, picture, drawings } as const;
