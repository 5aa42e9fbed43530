/** The source of the key that keeps a client in one arm. */
export type Sticky =
  | { readonly type: 'none' | 'user' | 'key' | 'session' }
  | { readonly type: 'header'; readonly name: string }

export interface Arm {
  readonly model: string
  readonly weight: number
}

/** A weighted, sticky choice among models. */
export interface Split {
  readonly name: string
  readonly arms: readonly Arm[]
  readonly sticky: Sticky
  /** Change it to reassign all keys to arms. */
  readonly salt: string
}

/**
 * The arm for a key, by weighted rendezvous hashing. Raising an arm's weight or adding an arm moves keys only into it,
 * lowering the weight only out of it. An arm of weight 0 gets nothing.
 * Source: Schindelhauer and Schomaker, Weighted Distributed Hash Tables, 2005 (the logarithmic method).
 */
export function chooseArm(split: Split, key: string): Arm {
  const seed = hash(0n, `${split.name}|${split.salt}`)
  let chosen = split.arms[0]!
  let best = -Infinity
  for (const arm of split.arms) {
    if (arm.weight <= 0) continue
    const uniform = (Number(hash(seed, `${arm.model}|${key}`) >> 11n) + 0.5) / 2 ** 53
    const score = -arm.weight / Math.log(uniform)
    if (score > best) {
      best = score
      chosen = arm
    }
  }
  return chosen
}

const hash = (seed: bigint, text: string): bigint => Bun.hash.xxHash64(text, seed)
