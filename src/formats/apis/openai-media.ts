// OpenAI's APIs for images and audio.
import { count, flag, text } from './field-rules.ts'
import { OPENAI_ANSWERS, OPENAI_LIMITS } from '../translation/rate-limits.ts'
import { OPENAI_NAMES } from '../translation/tool-names.ts'
import { type Api, COMMENT, type Media } from './api.ts'

const common = {
  format: 'openai-chat',
  caps: [],
  users: ['user'],
  streams: true,
  usageOnRequest: false,
  keepAlive: COMMENT,
  forwardedHeaders: ['openai-beta'],
  idHeader: undefined,
  limits: OPENAI_LIMITS,
  returnedHeaders: OPENAI_ANSWERS,
  toolNames: OPENAI_NAMES,
  carriesSeals: false,
  rules: { model: text, stream: flag, n: count, user: text, response_format: text },
} as const

const JSON_ONLY: Media = { body: 'json', files: [] }

/**
 * Sources: https://platform.openai.com/docs/api-reference/images, https://platform.openai.com/docs/api-reference/audio
 */
export const OPENAI_MEDIA_APIS = {
  'openai-image-generations': {
    ...common,
    name: 'openai-image-generations',
    operation: 'image-generations',
    media: JSON_ONLY,
    path: '/images/generations',
    prompt: { field: 'prompt', types: ['string'] },
  },
  /** Newer models take JSON too, with the images as URLs or ids of files. */
  'openai-image-edits': {
    ...common,
    name: 'openai-image-edits',
    operation: 'image-edits',
    path: '/images/edits',
    media: { body: 'form-or-json', files: ['image', 'images'] },
    prompt: { field: 'prompt', types: ['string'] },
  },
  'openai-image-variations': {
    ...common,
    name: 'openai-image-variations',
    operation: 'image-variations',
    path: '/images/variations',
    media: { body: 'form', files: ['image'] },
    prompt: { field: 'image', types: [] },
  },
  'openai-transcriptions': {
    ...common,
    name: 'openai-transcriptions',
    operation: 'transcriptions',
    path: '/audio/transcriptions',
    media: { body: 'form', files: ['file', 'file_url', 'url'] }, // Mistral and Groq accept a URL instead of a file
    prompt: { field: 'file', types: [] },
  },
  'openai-translations': {
    ...common,
    name: 'openai-translations',
    operation: 'translations',
    path: '/audio/translations',
    media: { body: 'form', files: ['file', 'url'] },
    prompt: { field: 'file', types: [] },
  },
  'openai-speech': {
    ...common,
    name: 'openai-speech',
    operation: 'speech',
    media: JSON_ONLY,
    path: '/audio/speech',
    prompt: { field: 'input', types: ['string'] },
    rules: { model: text, response_format: text, stream_format: text },
  },
} as const satisfies Record<string, Api>

export const IMAGES = ['openai-image-generations', 'openai-image-edits', 'openai-image-variations'] as const

/** Audio in, text out. */
export const TRANSCRIPTION = ['openai-transcriptions', 'openai-translations'] as const

export const SPEECH = ['openai-speech'] as const
