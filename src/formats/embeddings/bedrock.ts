// Amazon Bedrock has no embeddings API of its own: each family of models is invoked with a body in its maker's format.
import { defined } from '../fields/defined.ts'
import { answerFields } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'
import { checkCount, noteExtras, noteUser, readVectors } from './checks.ts'
import { encodeTexts } from './cohere.ts'
import type { EmbeddingsResponse, EmbeddingsRequest } from './embeddings.ts'
import { encodeTask } from './task.ts'

/** The request and response body of one model family. */
export interface BedrockEmbeddings {
  readonly encodeRequest: (request: EmbeddingsRequest, losses: Losses) => unknown
  readonly decodeResponse: (body: unknown, request: EmbeddingsRequest) => EmbeddingsResponse
}

/**
 * Titan's text embeddings: one text per request.
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
 */
export const titanEmbeddings: BedrockEmbeddings = {
  encodeRequest(request, losses) {
    checkCount(request, 1, 'Titan')
    noteExtras(request, 'Titan', losses)
    noteUser(request, 'Titan', losses)
    encodeTask(request, {}, 'Titan', losses)
    return { inputText: request.inputs[0], ...defined({ dimensions: request.dimensions }) }
  },
  decodeResponse(body, request) {
    const fields = answerFields(body)
    const input = fields.number('inputTextTokenCount')
    return {
      vectors: readVectors([fields.any('embedding')], request),
      ...(input !== undefined && { usage: { input, output: 0 } }),
    }
  },
}

/**
 * Cohere's models at Bedrock. The token count is in the header `x-amzn-bedrock-input-token-count`.
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html
 */
export const bedrockCohereEmbeddings: BedrockEmbeddings = {
  encodeRequest(request, losses) {
    checkCount(request, 96, 'Cohere')
    noteExtras(request, 'Cohere', losses)
    noteUser(request, 'Cohere', losses)
    return {
      ...encodeTexts(request, losses),
      texts: request.inputs,
      ...defined({ output_dimension: request.dimensions }),
    }
  },
  decodeResponse(body, request) {
    const { float } = answerFields(body).requiredObject('embeddings').whole()
    return { vectors: readVectors(Array.isArray(float) ? float : [], request) }
  },
}
