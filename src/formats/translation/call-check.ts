import type { ChatEvent } from '../../chat/event.ts'
import type { ToolCallPart } from '../../chat/part.ts'
import type { Losses } from './losses.ts'
import { parseToolInput, responseToolInput } from './tool-input.ts'

type Open = Omit<ToolCallPart, 'arguments'> & { readonly pieces: string[] }

/**
 * Checks the arguments of the calls of a stream, for clients whose format has them as objects. Only the finish shows
 * whether a call is unreadable or the response was cut in it.
 */
export class CallCheck {
  readonly #open = new Map<number, Open>()
  readonly #unreadable: ToolCallPart[] = []

  push(event: Extract<ChatEvent, { index: number }>): void {
    if (event.type === 'part-start') {
      if (event.part.type === 'tool-call') this.#open.set(event.index, { ...event.part, pieces: [] })
      return
    }
    const call = this.#open.get(event.index)
    if (!call) return
    if (event.type === 'part-delta') call.pieces.push(event.text)
    else if (event.type === 'part-end') this.#end(event.index, call)
  }

  /** Throws GatewayError `upstream_malformed` if a call is unreadable; `isCut`: the response ended at its length limit. */
  finish(isCut: boolean, losses: Losses): void {
    for (const [index, call] of this.#open) this.#end(index, call)
    for (const call of this.#unreadable) responseToolInput(call, `call of ${call.name}`, { isCut, losses })
  }

  #end(index: number, { pieces, ...call }: Open): void {
    this.#open.delete(index)
    const text = pieces.join('')
    if (!parseToolInput(text)) this.#unreadable.push({ ...call, arguments: text })
  }
}
