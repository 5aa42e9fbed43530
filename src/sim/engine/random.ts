/** The next number in [0, 1). */
export type Random = () => number

/** Mulberry32: a small seeded generator, the same numbers on every machine. `seed` is taken modulo 2^32. */
export function createRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A random element of a list, which must not be empty. */
export const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)]!
