import type { Message } from '../../chat/request.ts'
import type { ToolCallPart, ToolResultPart } from '../../chat/part.ts'

/** A call of the history with its result. */
export interface Call {
  readonly part: ToolCallPart
  /** The assistant turn that it is in, counted from 0. */
  readonly turn: number
  /** Unique in the conversation. */
  readonly id: string
  result: ToolResultPart | undefined
}

export interface Pairs {
  readonly calls: ReadonlyMap<ToolCallPart, Call>
  /** The call of each result; a result that is absent here has none. */
  readonly results: ReadonlyMap<ToolResultPart, Call>
}

/**
 * Pairs calls and results by id, and those with equal ids by their order. A call whose id was used before gets an id of
 * its own. Time and memory are linear in the number of parts.
 */
export function pairCalls(messages: readonly Message[]): Pairs {
  const pairing = new Pairing(messages)
  for (const message of messages) pairing.add(message)
  return pairing
}

class Pairing implements Pairs {
  readonly calls = new Map<ToolCallPart, Call>()
  readonly results = new Map<ToolResultPart, Call>()
  readonly #ids: UniqueIds
  /** The calls of the last assistant turn. */
  #open = new Map<string, Queue>()
  /** Calls of earlier turns without a result, the last one last. */
  readonly #older = new Map<string, Call[]>()
  #turn = -1
  #isAssistant = false

  constructor(messages: readonly Message[]) {
    this.#ids = new UniqueIds(callIds(messages))
  }

  add({ role, parts }: Message): void {
    if (role === 'assistant' && !this.#isAssistant) this.#beginTurn()
    this.#isAssistant = role === 'assistant'
    for (const part of parts)
      if (part.type === 'tool-call') this.#call(part)
      else if (part.type === 'tool-result') this.#result(part)
  }

  #beginTurn(): void {
    this.#turn++
    for (const [id, { calls, next }] of this.#open)
      for (const call of calls.slice(next)) listAt(this.#older, id, () => []).push(call)
    this.#open = new Map()
  }

  #call(part: ToolCallPart): void {
    const call: Call = { part, turn: this.#turn, id: this.#ids.take(part.id), result: undefined }
    this.calls.set(part, call)
    listAt(this.#open, part.id, () => ({ calls: [], next: 0 })).calls.push(call)
  }

  #result(part: ToolResultPart): void {
    const call = this.#first(part.callId) ?? this.#older.get(part.callId)?.pop()
    if (!call) return
    call.result = part
    this.results.set(part, call)
  }

  #first(id: string): Call | undefined {
    const queue = this.#open.get(id)
    return queue?.calls[queue.next++]
  }
}

/** Calls with one id, and the position of the first one without a result. */
interface Queue {
  readonly calls: Call[]
  next: number
}

/** The ids of all calls of a conversation, in order. */
export function* callIds(messages: readonly Message[]): Generator<string> {
  for (const { parts } of messages) for (const part of parts) if (part.type === 'tool-call') yield part.id
}

function listAt<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const created = create()
  map.set(key, created)
  return created
}

/** Gives ids that repeat others a number: `ls:0`, `ls:0_2`, `ls:0_3`. The same ids in the same order have the same result. */
export class UniqueIds {
  readonly #reserved: ReadonlySet<string>
  readonly #taken = new Set<string>()
  readonly #counts = new Map<string, number>()

  /** `reserved`: ids that occur in any case, which no other id may become. */
  constructor(reserved: Iterable<string>) {
    this.#reserved = new Set(reserved)
  }

  /** For a response: all ids of its conversation are taken. */
  static after(ids: Iterable<string>): UniqueIds {
    const unique = new UniqueIds([])
    for (const id of ids) unique.#taken.add(id)
    return unique
  }

  take(id: string): string {
    if (!this.#taken.has(id)) {
      this.#taken.add(id)
      return id
    }
    let count = this.#counts.get(id) ?? 1
    let unique: string
    do unique = `${id}_${++count}`
    while (this.#taken.has(unique) || this.#reserved.has(unique))
    this.#counts.set(id, count)
    this.#taken.add(unique)
    return unique
  }
}
