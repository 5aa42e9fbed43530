import type { ChatEvent, PartOpening } from '../../chat/event.ts'
import type { EventDecorator } from '../../chat/event-decorator.ts'
import type { ChatResponse, ResponsePart } from '../../chat/response.ts'
import { FreeformInput, textIn } from './freeform-input.ts'
import type { ToolNames } from './tool-names.ts'

/** Restores the tools of a response as the client knows them: name, namespace, and the free text of their input. */
export function restoreTools(names: ToolNames): EventDecorator {
  const inputs = new FreeformInputs()
  return {
    response: (response) => restoreResponse(response, names),
    events: (events) => events.flatMap((event) => inputs.read(restoreEvent(event, names))),
    end: () => [],
  }
}

type Call = Extract<PartOpening, { type: 'tool-call' }>

function restored<Part extends Call>(part: Part, names: ToolNames): Part {
  const client = names.get(part.name)
  return client ? { ...part, ...client } : part
}

function restoreEvent(event: ChatEvent, names: ToolNames): ChatEvent {
  if (event.type !== 'part-start' || event.part.type !== 'tool-call') return event
  const part = restored(event.part, names)
  return part === event.part ? event : { ...event, part }
}

function restoreResponse(response: ChatResponse, names: ToolNames): ChatResponse {
  const choices = response.choices.map((choice) =>
    Object.assign({}, choice, { parts: choice.parts.map((part) => restorePart(part, names)) }),
  )
  return { ...response, choices }
}

function restorePart(part: ResponsePart, names: ToolNames): ResponsePart {
  if (part.type !== 'tool-call') return part
  const call = restored(part, names)
  return call.isFreeform ? { ...call, arguments: textIn(call.arguments) } : call
}

type PartEvent = Extract<ChatEvent, { index: number }>

/** The free texts of the calls of a stream. */
class FreeformInputs {
  readonly #open = new Map<string, FreeformInput>()

  read(event: ChatEvent): ChatEvent | readonly ChatEvent[] {
    if (!('index' in event)) return event
    if (event.type === 'part-start') {
      if (event.part.type === 'tool-call' && event.part.isFreeform) this.#open.set(keyOf(event), new FreeformInput())
      return event
    }
    const input = this.#open.size > 0 ? this.#open.get(keyOf(event)) : undefined
    if (!input) return event
    if (event.type === 'part-delta') return delta(event, input.push(event.text))
    if (event.type !== 'part-end') return event
    this.#open.delete(keyOf(event))
    return [...delta(event, input.end()), event]
  }
}

const keyOf = ({ choice, index }: PartEvent): string => `${choice} ${index}`

const delta = ({ choice, index }: PartEvent, text: string): readonly ChatEvent[] =>
  text === '' ? [] : [{ type: 'part-delta', choice, index, text }]
