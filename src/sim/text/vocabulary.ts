// The words of the simulated models. Every determiner goes with every singular noun, every verb with every object.

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

export const VOCABULARY = {
  D: words('the this that every each another one'),
  A: words(`quiet old narrow bright patient heavy gentle distant early hollow silver frozen honest careful
    sudden steady modern simple broken golden curious naïve wooden restless northern faded ordinary clever`),
  N: words(`harbour river engine garden lantern teacher window market bridge signal forest letter kitchen compass
    mountain sailor café machine story village morning question shadow library orchard captain baker river
    station island workshop painter answer journey castle meadow railway cloud`),
  V: words(`follows carries answers crosses watches remembers repairs measures gathers opens borrows explains
    reaches paints guides protects forgets studies finds leaves warms changes surrounds hides`),
  R: words('slowly often quietly always seldom gladly twice again tonight almost together patiently'),
  P: words('beside under behind beyond near above without before after across'),
  C: words('because while although until whenever since'),
} as const

/** Sentence shapes: a letter stands for a word of that list, anything else for itself. */
export const SHAPES: readonly string[] = [
  'D A N V D N .',
  'D N V D A N P D N .',
  'R , D N V D A N .',
  'D N V D N , and D A N V D N .',
  'D N P D A N V D N R .',
  'C D N V D N , D A N V D A N .',
  'D A , A N R V D N .',
  'D N V D N — R .',
  'In D A N , D N R V D N .',
]
