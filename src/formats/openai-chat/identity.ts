import type { AnswerFacts } from '../format.ts'
import { NAME } from '../openai-shared/name.ts'

/** What every object of one answer repeats. */
export interface Identity {
  readonly id: string
  readonly created: number
  readonly model: string
}

/** The upstream's id is kept where it is one of this language; the model is the one that the client is told of. */
export function identityOf(
  answer: { readonly format?: string; readonly id?: string; readonly created?: number; readonly model?: string },
  facts: AnswerFacts,
): Identity {
  const keepsId = answer.id !== undefined && (answer.format === NAME || answer.id.startsWith('chatcmpl-'))
  return {
    id: keepsId ? answer.id! : `chatcmpl-${facts.id}`,
    created: answer.created ?? facts.created,
    model: facts.model ?? answer.model ?? facts.request.model ?? '',
  }
}
