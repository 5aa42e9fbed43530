// Reads the events of a stream, more strictly than any client does.
import { parseJson } from './error-envelope.ts'
import { assertThat } from './verdict.ts'

interface ToolDelta {
  readonly index: number
  readonly function: { readonly name?: string; readonly arguments: string }
}

interface Chunk {
  readonly id?: unknown
  readonly created?: unknown
  readonly model?: unknown
  readonly error?: unknown
  readonly usage?: unknown
  readonly choices?: readonly {
    readonly index: number
    readonly text?: string
    readonly delta?: { readonly role?: string; readonly content?: string; readonly tool_calls?: readonly ToolDelta[] }
    readonly finish_reason?: string | null
  }[]
}

export interface FoldedChoice {
  text: string
  calls: { name: string; arguments: string }[]
  finish: string | undefined
  hasRole: boolean
}

export interface FoldedStream {
  readonly choices: ReadonlyMap<number, FoldedChoice>
  readonly usages: readonly unknown[]
  /** The error event, an object with `error`. */
  readonly failure: unknown
  readonly hasDone: boolean
}

/** Reads the complete events of `body`. Throws a WrongResponse for anything that a correct stream cannot contain. */
export function foldStream(body: string, isComplete: boolean): FoldedStream {
  const events = body.split('\n\n')
  const rest = events.pop()!
  assertThat(!isComplete || rest === '', `the stream ended within an event: ${JSON.stringify(rest.slice(0, 80))}`)
  const fold = new Fold()
  for (const event of events) fold.read(event)
  return fold
}

class Fold implements FoldedStream {
  readonly choices = new Map<number, FoldedChoice>()
  readonly usages: unknown[] = []
  failure: unknown
  hasDone = false
  #identity: string | undefined

  read(event: string): void {
    if (event.split('\n').every((line) => line.startsWith(':'))) return
    assertThat(
      event.startsWith('data: ') && !event.includes('\n'),
      `not an event: ${JSON.stringify(event.slice(0, 80))}`,
    )
    assertThat(!this.hasDone, 'an event after [DONE]')
    const data = event.slice(6)
    if (data === '[DONE]') this.hasDone = true
    else this.#readChunk(parseJson(data, 'an event') as Chunk)
  }

  #readChunk(chunk: Chunk): void {
    assertThat(this.failure === undefined, 'an event after an error')
    if (chunk.error !== undefined) {
      this.failure = chunk
      return
    }
    const identity = `${String(chunk.id)} ${String(chunk.created)} ${String(chunk.model)}`
    this.#identity ??= identity
    assertThat(identity === this.#identity, `two responses in one stream: ${this.#identity} and ${identity}`)
    if (chunk.usage) this.usages.push(chunk.usage)
    for (const choice of chunk.choices ?? []) this.#readChoice(choice)
  }

  #readChoice({ index, text, delta = {}, finish_reason }: NonNullable<Chunk['choices']>[number]): void {
    const choice = this.#choiceAt(index)
    assertThat(choice.finish === undefined, 'a delta after the finish')
    if (delta.role !== undefined) {
      assertThat(!choice.hasRole, 'two beginnings')
      choice.hasRole = true
    }
    choice.text += text ?? delta.content ?? ''
    for (const { index: at, function: piece } of delta.tool_calls ?? []) {
      const call = (choice.calls[at] ??= { name: piece.name ?? '', arguments: '' })
      call.arguments += piece.arguments
    }
    if (finish_reason) choice.finish = finish_reason
  }

  #choiceAt(index: number): FoldedChoice {
    const known = this.choices.get(index)
    if (known) return known
    const choice = { text: '', calls: [], finish: undefined, hasRole: false }
    this.choices.set(index, choice)
    return choice
  }
}
