import { cohereEmbed } from './embeddings/cohere.ts'
import { dialectEmbeddings } from './embeddings/dialects.ts'
import { geminiBatchEmbed, geminiEmbed } from './embeddings/gemini.ts'
import { openaiEmbeddings } from './embeddings/openai.ts'
import { cohereRerank } from './rerank/cohere.ts'
import { commonRerank } from './rerank/common.ts'
import { voyageRerank } from './rerank/voyage.ts'
import type { WholeFormat, WholeResult } from './whole-format.ts'

/** Languages of one operation only meet each other: what one decodes is what the others encode. */
export type AnyWholeFormat = WholeFormat<unknown, WholeResult>

const FORMATS: ReadonlyMap<string, AnyWholeFormat> = new Map<string, AnyWholeFormat>(
  [
    openaiEmbeddings,
    ...dialectEmbeddings,
    geminiEmbed,
    geminiBatchEmbed,
    cohereEmbed,
    commonRerank,
    cohereRerank,
    voyageRerank,
  ].map((format) => [format.name, format as AnyWholeFormat]),
)

/** The translations of a language whose answers are always whole; undefined for chat's, and for those that are only passed on. */
export const wholeFormat = (name: string): AnyWholeFormat | undefined => FORMATS.get(name)
