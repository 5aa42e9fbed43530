// The prose of a simulated model: sentences that depend on a seed only.
import { createRandom, pick, type Random } from '../engine/random.ts'
import { splitTokens } from './tokens.ts'
import { SHAPES, VOCABULARY } from './vocabulary.ts'

const SHORTEST = 20
const LONGEST = 100

const capitalised = (word: string): string => word[0]!.toUpperCase() + word.slice(1)

/** One sentence of `random` words, ending in a full stop. */
export function sentence(random: Random): string {
  let text = ''
  for (const slot of pick(SHAPES, random).split(' ')) {
    const list = VOCABULARY[slot as keyof typeof VOCABULARY] as readonly string[] | undefined
    const word = list ? pick(list, random) : slot
    if (text === '') text = capitalised(word)
    else text += slot === ',' || slot === '.' ? slot : ` ${word}`
  }
  return text
}

export interface ProseOptions {
  /** The number of tokens that are needed. */
  readonly wantedTokens: number
  /** The minimum number of tokens. */
  readonly minTokens?: number
  /** Never end by itself. */
  readonly endless?: boolean
}

export interface Prose {
  readonly tokens: string[]
  /** True if the text is complete, after about 20 to 120 tokens; false if there would be more. */
  readonly ended: boolean
}

/** The beginning of the text of this seed. The options only decide how much of it is returned. */
export function prose(seed: number, { wantedTokens, minTokens = 0, endless = false }: ProseOptions): Prose {
  const random = createRandom(seed)
  const natural = SHORTEST + Math.floor(random() * (LONGEST - SHORTEST))
  const length = endless ? Number.POSITIVE_INFINITY : Math.max(natural, minTokens)
  const tokens: string[] = []
  while (tokens.length < length) {
    if (tokens.length > wantedTokens) return { tokens, ended: false }
    tokens.push(...splitTokens(tokens.length === 0 ? sentence(random) : joint(random) + sentence(random)))
  }
  return { tokens, ended: true }
}

/** The text between two sentences: a space, sometimes a new paragraph or a character outside the basic plane. */
function joint(random: Random): string {
  const draw = random()
  return draw < 0.1 ? '\n\n' : draw < 0.13 ? ' 🌊 ' : ' '
}
