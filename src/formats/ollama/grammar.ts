import { isRecord } from '../fields/fields.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { DONE_REASONS } from './finish.ts'

/**
 * Returns the violations in a stream of lines; empty for a valid stream. Source: https://docs.ollama.com/api/streaming
 */
export function checkStream(frames: readonly Frame[]): string[] {
  const lines = frames.map(({ data }) => JSON.parse(data) as unknown)
  const last = lines.at(-1)
  // A failure is a separate last line; the response before it has no `done`.
  const isFailed = isRecord(last) && typeof last['error'] === 'string'
  const checked = isFailed ? lines.slice(0, -1) : lines
  const count = isFailed ? Infinity : lines.length
  return checked.flatMap((line, at) => (isRecord(line) ? checkLine(line, at, count) : [`line ${at} is not an object`]))
}

function checkLine(line: Readonly<Record<string, unknown>>, at: number, count: number): string[] {
  const { model, created_at: created, message, done, done_reason: reason } = line
  const isLast = at === count - 1
  const problems = [
    [typeof model === 'string', 'has no model'],
    [typeof created === 'string', 'has no created_at'],
    [isRecord(message) && message['role'] === 'assistant', 'has no assistant message'],
    [isRecord(message) && typeof message['content'] === 'string', 'has no content'],
    [done === isLast, isLast ? 'is the last and not done' : 'is done before the last'],
    [!isLast || DONE_REASONS.includes(String(reason)), `ended with ${String(reason)}`],
    [isRecord(message) && hasObjects(message['tool_calls']), 'has arguments that are not an object'],
  ] as const
  return problems.flatMap(([isGood, what]) => (isGood ? [] : [`line ${at} ${what}`]))
}

const hasObjects = (calls: unknown): boolean =>
  calls === undefined ||
  (Array.isArray(calls) &&
    calls.every(
      (call: unknown) => isRecord(call) && isRecord(call['function']) && isRecord(call['function']['arguments']),
    ))
