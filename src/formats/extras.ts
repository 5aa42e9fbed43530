import type { Extra, Part } from '../chat/part.ts'
import type { ChatRequest, Message } from '../chat/request.ts'
import { isRecord } from './fields.ts'
import type { Losses } from './losses.ts'
import { messagePath, partPath } from './places.ts'

/** Notes each field that only the client's language has, wherever it stands, as one that another (`language`) lacks. */
export function noteExtras(request: ChatRequest, language: string, losses: Losses): void {
  const note = (path: string, extra: Extra | undefined) => {
    for (const key in extra) losses.note(path === '' ? key : `${path}.${key}`, `removed: ${language} has no such field`)
  }
  note('', request.extra)
  for (const [index, tool] of request.tools.entries()) if (tool.type === 'function') note(`tools[${index}]`, tool.extra)
  for (const [index, message] of request.messages.entries()) {
    note(messagePath(request, index), message.extra)
    for (const [path, part] of partsOf(request, message, index)) if ('extra' in part) note(path, part.extra)
  }
}

function* partsOf(request: ChatRequest, { parts }: Message, index: number): Generator<[path: string, part: Part]> {
  for (const [at, part] of parts.entries()) {
    const path = partPath(request, index, at)
    yield [path, part]
    if (part.type === 'tool-result')
      for (const [inner, content] of part.content.entries()) yield [`${path}.content[${inner}]`, content]
  }
}

/** Both objects in one; where both have an object under a key, these in one too; else what `extra` says. */
export function withExtra(
  body: Readonly<Record<string, unknown>>,
  extra: Extra | undefined,
): Readonly<Record<string, unknown>> {
  if (!extra) return body
  const merged: Record<string, unknown> = { ...body }
  for (const [key, value] of Object.entries(extra)) {
    const own = Object.hasOwn(merged, key) ? merged[key] : undefined
    merged[key] = isRecord(own) && isRecord(value) ? withExtra(own, value) : value
  }
  return merged
}
