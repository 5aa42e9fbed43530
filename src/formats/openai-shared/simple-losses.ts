// What clients of formats with few fields (Cohere, Ollama) miss of a response.
import { explanationOf, type Finish } from '../../chat/finish.ts'
import type { Extra, Seal } from '../../chat/part.ts'
import type { ChatResponse } from '../../chat/response.ts'
import type { Losses } from '../translation/losses.ts'
import { noteResponseExtra } from '../translation/response-extras.ts'

/** The client's format. */
export interface SimpleClient {
  readonly name: string
  readonly label: string
  readonly hasCitations: boolean
}

const noSuchField = ({ label }: SimpleClient): string => `removed: ${label} responses have no such field`

export function noteCitations(client: SimpleClient, losses: Losses): void {
  if (!client.hasCitations) losses.note('citations', noSuchField(client))
}

export function noteSeal({ origin }: Seal, { label }: SimpleClient, losses: Losses): void {
  if (origin !== 'none')
    losses.note('signature', `removed: ${label} responses have no place for signatures of ${origin}`)
}

/** Notes the fields of a response of another format, `format`. */
export function noteFields(
  extra: Extra | undefined,
  format: string | undefined,
  client: SimpleClient,
  losses: Losses,
): void {
  if (format !== client.name) noteResponseExtra(extra, format, noSuchField(client), losses)
}

/** Notes why the model declined. */
export function noteFinish(finish: Finish, { label }: SimpleClient, losses: Losses): void {
  if (explanationOf(finish) !== undefined) losses.note('refusal', `removed: ${label} responses do not say why`)
}

/** Notes all losses of a complete response. */
export function noteResponse({ choices, extra, format }: ChatResponse, client: SimpleClient, losses: Losses): void {
  const [choice] = choices
  noteFields({ ...extra, ...choice?.extra }, format, client, losses)
  if (choice) noteFinish(choice.finish, client, losses)
  for (const part of choice?.parts ?? []) {
    if ('seal' in part && part.seal) noteSeal(part.seal, client, losses)
    if (part.type === 'text' && part.citations) noteCitations(client, losses)
  }
}
