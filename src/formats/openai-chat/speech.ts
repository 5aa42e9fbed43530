import type { MediaPart } from '../../chat/part.ts'
import { isRecord } from '../fields/fields.ts'
import { filled } from '../fields/values.ts'
import { audioType } from '../openai-shared/media.ts'

/**
 * A spoken answer: `{id, data, transcript, expires_at}`; undefined for one with nothing in it (Snowflake sends such).
 * Source: https://platform.openai.com/docs/guides/audio
 */
export function decodeSpeech(audio: unknown): MediaPart | undefined {
  if (!isRecord(audio)) return undefined
  const { data, ...extra } = audio
  const bytes = filled(data)
  // The format is the one that was asked for; the answer does not repeat it.
  return bytes === undefined
    ? undefined
    : { type: 'media', kind: 'audio', source: { type: 'base64', data: bytes }, mediaType: audioType('wav'), extra }
}

/** The fields that this language demands; what an upstream of another does not have is made of the answer's own. */
export function encodeSpeech({ source, extra = {} }: MediaPart, id: string, created: number): object {
  const { transcript = '', expires_at = created, ...rest } = extra
  return {
    id: filled(rest['id']) ?? `audio_${id}`,
    data: source.type === 'base64' ? source.data : '',
    transcript,
    expires_at,
  }
}
