import type { ChatFormat } from './format.ts'
import { openaiChat } from './openai-chat/index.ts'

const FORMATS: ReadonlyMap<string, ChatFormat> = new Map([openaiChat].map((format) => [format.name, format]))

/** The translations of a language; undefined for one that is only passed on. */
export const chatFormat = (name: string): ChatFormat | undefined => FORMATS.get(name)

export const chatFormatNames: readonly string[] = [...FORMATS.keys()]
