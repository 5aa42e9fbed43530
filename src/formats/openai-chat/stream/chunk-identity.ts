import { isRecord } from '../../fields/fields.ts'
import { areDifferent, splicedStream } from '../../fields/spliced.ts'

/**
 * Detects a second response within a stream: after chunks with one id, of which only the first had a role, a chunk with
 * another id and a role. Servers that repeat the role, or that give each chunk an id of its own, are none.
 */
export class ChunkIdentity {
  #id: unknown
  /** Chunks with content, the same id and no role. */
  #continued = 0
  #isSteady = true

  /** Throws GatewayError `upstream_malformed` if this chunk begins another response. */
  push(id: unknown, choices: readonly unknown[]): void {
    if (!this.#isSteady) return
    const [choice] = choices
    const delta = isRecord(choice) && isRecord(choice['delta']) ? choice['delta'] : undefined
    if (!delta) return
    const hasRole = typeof delta['role'] === 'string'
    if (!areDifferent(this.#id, id)) {
      this.#id ??= id || undefined
      if (!hasRole) this.#continued++
      else if (this.#continued > 0) this.#isSteady = false
      return
    }
    if (hasRole && this.#continued > 0) throw splicedStream()
    this.#isSteady = false
  }
}
