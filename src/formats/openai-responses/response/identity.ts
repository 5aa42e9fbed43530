import type { ResponseFacts } from '../../format.ts'
import { NAME } from '../name.ts'

/** The fields that every event of one response repeats. */
export interface Identity {
  readonly id: string
  readonly created_at: number
  readonly model: string
}

/** The upstream's id is kept if it is of this format. The model is the one to report to the client. */
export function identityOf(
  answer: { readonly format?: string; readonly id?: string; readonly created?: number; readonly model?: string },
  facts: ResponseFacts,
): Identity {
  const keepsId = answer.id !== undefined && (answer.format === NAME || answer.id.startsWith('resp_'))
  return {
    id: keepsId ? answer.id! : `resp_${facts.id}`,
    created_at: answer.created ?? facts.created,
    model: facts.model ?? answer.model ?? facts.request.model ?? '',
  }
}
