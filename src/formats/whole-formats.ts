import { cohereEmbed } from './embeddings/cohere.ts'
import { dialectEmbeddings } from './embeddings/dialects.ts'
import { geminiBatchEmbed, geminiEmbed } from './embeddings/gemini.ts'
import { ollamaEmbed, ollamaEmbeddings } from './embeddings/ollama.ts'
import { openaiEmbeddings } from './embeddings/openai.ts'
import { cohereRerank } from './rerank/cohere.ts'
import { commonRerank } from './rerank/common.ts'
import { voyageRerank } from './rerank/voyage.ts'
import type { WholeFormat, WholeResult } from './whole-format.ts'

/** Only formats of one operation are combined: what one decodes, the others encode. */
export type AnyWholeFormat = WholeFormat<unknown, WholeResult>

const FORMATS: ReadonlyMap<string, AnyWholeFormat> = new Map<string, AnyWholeFormat>(
  [
    openaiEmbeddings,
    ...dialectEmbeddings,
    geminiEmbed,
    geminiBatchEmbed,
    cohereEmbed,
    ollamaEmbed,
    ollamaEmbeddings,
    commonRerank,
    cohereRerank,
    voyageRerank,
  ].map((format) => [format.name, format as AnyWholeFormat]),
)

/**
 * The translation functions of a format without streams; undefined for chat formats and for formats that are only
 * forwarded.
 */
export const wholeFormat = (name: string): AnyWholeFormat | undefined => FORMATS.get(name)
