import type { Sampling } from '../../chat/request.ts'
import { defined } from '../fields/defined.ts'
import type { Fields } from '../fields/fields.ts'

/** The sampling parameters that chat and older completions have in common. */
export const decodeSampling = (fields: Fields): Sampling =>
  defined({
    temperature: fields.number('temperature'),
    topP: fields.number('top_p'),
    topK: fields.number('top_k'),
    minP: fields.number('min_p'),
    seed: fields.number('seed'),
    frequencyPenalty: fields.number('frequency_penalty'),
    presencePenalty: fields.number('presence_penalty'),
    logitBias: fields.record('logit_bias') as Readonly<Record<string, number>> | undefined,
    choices: fields.number('n'),
  })
