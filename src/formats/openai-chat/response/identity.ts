import type { ResponseFacts } from '../../format.ts'
import { NAME } from '../../openai-shared/name.ts'

/** The fields that every object of one response repeats. */
export interface Identity {
  readonly id: string
  readonly created: number
  readonly model: string
}

/** The upstream's id is kept if it is of this format. The model is the one to report to the client. */
export function identityOf(
  answer: { readonly format?: string; readonly id?: string; readonly created?: number; readonly model?: string },
  facts: ResponseFacts,
): Identity {
  const keepsId = answer.id !== undefined && (answer.format === NAME || answer.id.startsWith('chatcmpl-'))
  return {
    id: keepsId ? answer.id! : `chatcmpl-${facts.id}`,
    created: answer.created ?? facts.created,
    model: facts.model ?? answer.model ?? facts.request.model ?? '',
  }
}
