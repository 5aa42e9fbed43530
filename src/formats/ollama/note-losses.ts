import { explanationOf, type Finish } from '../../chat/finish.ts'
import type { Extra, Seal } from '../../chat/part.ts'
import type { ChatResponse } from '../../chat/response.ts'
import type { Losses } from '../translation/losses.ts'
import { noteResponseExtra } from '../translation/response-extras.ts'
import { LABEL, NAME } from './name.ts'

const NO_SUCH_FIELD = `removed: ${LABEL} responses have no such field`

export const noteCitations = (losses: Losses): void => losses.note('citations', NO_SUCH_FIELD)

export function noteSeal({ origin }: Seal, losses: Losses): void {
  if (origin !== 'none')
    losses.note('signature', `removed: ${LABEL} responses have no place for signatures of ${origin}`)
}

/** Notes the fields of a response of another format, `format`, and why its model declined. */
export function noteFields(extra: Extra | undefined, format: string | undefined, losses: Losses): void {
  if (format !== NAME) noteResponseExtra(extra, format, NO_SUCH_FIELD, losses)
}

export function noteFinish(finish: Finish, losses: Losses): void {
  if (explanationOf(finish) !== undefined) losses.note('refusal', `removed: ${LABEL} responses do not say why`)
}

/** Notes all losses of a complete response. */
export function noteResponse({ choices, extra, format }: ChatResponse, losses: Losses): void {
  const [choice] = choices
  noteFields({ ...extra, ...choice?.extra }, format, losses)
  if (choice) noteFinish(choice.finish, losses)
  for (const part of choice?.parts ?? []) {
    if ('seal' in part && part.seal) noteSeal(part.seal, losses)
    if (part.type === 'text' && part.citations) noteCitations(losses)
  }
}
