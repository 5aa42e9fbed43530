import { createRandom } from '../engine/random.ts'
import { mixSeed } from './answer.ts'
import { hashText } from './tokens.ts'

/** A unit vector that depends on the model and on the input's hash. Similar texts have unrelated vectors. */
export function embedding(model: string, inputHash: number, dimensions: number): Float32Array {
  const random = createRandom(mixSeed(inputHash, hashText(model)))
  const vector = Float32Array.from({ length: dimensions }, () => random() * 2 - 1)
  const length = Math.hypot(...vector) || 1
  return vector.map((value) => value / length)
}
