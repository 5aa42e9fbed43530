// The memory of one server: blocks of keys and values. A block is private (of one sequence), stored and pinned (shared by
// the sequences that read it), or stored and unpinned (kept for the next prompt, until room is needed).

/** A stored block. `key` names it and all that precedes it. Unpinned blocks hang in a ring, ordered by age. */
export interface Block {
  readonly key: number
  pins: number
  older: Block
  newer: Block
}

function createBlock(key: number): Block {
  const block = { key, pins: 1 } as Block
  block.older = block
  block.newer = block
  return block
}

export class BlockPool {
  readonly capacity: number
  private = 0
  pinned = 0
  unpinned = 0
  evicted = 0
  readonly #stored = new Map<number, Block>()
  /** Its `newer` is the oldest unpinned block, its `older` the newest. */
  readonly #ring = createBlock(Number.NaN)

  constructor(capacity: number) {
    this.capacity = capacity
  }

  /** Blocks that running sequences hold, which cannot be evicted. */
  get used(): number {
    return this.private + this.pinned
  }

  has(key: number): boolean {
    return this.#stored.has(key)
  }

  /** How many of the first `limit` keys are stored, without a gap. */
  match(keys: ArrayLike<number>, limit: number): number {
    let hit = 0
    while (hit < limit && this.#stored.has(keys[hit]!)) hit++
    return hit
  }

  /** Pins the first `hit` keys into `chain` and takes private blocks up to `total`. Returns false and changes nothing if they do not fit. */
  admit(keys: ArrayLike<number>, hit: number, total: number, chain: Block[]): boolean {
    if (this.used + this.#unpinnedAmong(keys, hit) + total - hit > this.capacity) return false
    for (let at = 0; at < hit; at++) chain.push(this.#pin(this.#stored.get(keys[at]!)!))
    this.private += total - hit
    while (this.used + this.unpinned > this.capacity) this.#evictOldest()
    return true
  }

  /** A private block was computed: it becomes stored and pinned, unless another sequence stored the same one first. */
  store(key: number, chain: Block[]): boolean {
    if (this.#stored.has(key)) return false
    const block = createBlock(key)
    this.#stored.set(key, block)
    chain.push(block)
    this.private--
    this.pinned++
    return true
  }

  /** Releases all blocks. The last block of a chain is released first, so that the head, which more prompts share, is evicted last. */
  release(chain: Block[], privateBlocks: number): void {
    this.private -= privateBlocks
    for (let at = chain.length - 1; at >= 0; at--) this.#unpin(chain[at]!)
    chain.length = 0
  }

  #unpinnedAmong(keys: ArrayLike<number>, hit: number): number {
    let count = 0
    for (let at = 0; at < hit; at++) if (this.#stored.get(keys[at]!)!.pins === 0) count++
    return count
  }

  #pin(block: Block): Block {
    if (block.pins++ === 0) {
      unlink(block)
      this.unpinned--
      this.pinned++
    }
    return block
  }

  #unpin(block: Block): void {
    if (--block.pins > 0) return
    block.older = this.#ring.older
    block.newer = this.#ring
    block.older.newer = block
    this.#ring.older = block
    this.pinned--
    this.unpinned++
  }

  #evictOldest(): void {
    const oldest = this.#ring.newer
    unlink(oldest)
    this.#stored.delete(oldest.key)
    this.unpinned--
    this.evicted++
  }
}

function unlink(block: Block): void {
  block.older.newer = block.newer
  block.newer.older = block.older
}
