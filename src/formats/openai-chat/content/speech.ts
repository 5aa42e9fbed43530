import type { MediaPart } from '../../../chat/part.ts'
import { isRecord } from '../../fields/fields.ts'
import { filled } from '../../fields/values.ts'
import { audioType } from '../../openai-shared/media.ts'

/**
 * Decodes audio output: `{id, data, transcript, expires_at}`; undefined if it is empty, as Snowflake sends it.
 * Source: https://platform.openai.com/docs/guides/audio
 */
export function decodeSpeech(audio: unknown): MediaPart | undefined {
  if (!isRecord(audio)) return undefined
  const { data, ...extra } = audio
  const bytes = filled(data)
  // The format is the requested one; the response does not repeat it.
  return bytes === undefined
    ? undefined
    : { type: 'media', kind: 'audio', source: { type: 'base64', data: bytes }, mediaType: audioType('wav'), extra }
}

/** The fields that this format requires. Fields that another upstream does not have are derived from the response. */
export function encodeSpeech({ source, extra = {} }: MediaPart, id: string, created: number): object {
  const { transcript = '', expires_at = created, ...rest } = extra
  return {
    id: filled(rest['id']) ?? `audio_${id}`,
    data: source.type === 'base64' ? source.data : '',
    transcript,
    expires_at,
  }
}
