/** The status names of Google's APIs. Source: https://cloud.google.com/apis/design/errors#handling_errors */
const NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'RESOURCE_EXHAUSTED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
  529: 'UNAVAILABLE',
}

/** Statuses that Google's APIs do not use, with their replacement. */
const REPLACED: Readonly<Record<number, number>> = { 402: 429, 422: 400, 529: 503 }

export const statusName = (status: number): string => NAMES[status] ?? (status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT')

export const statusFor = (status: number): number => REPLACED[status] ?? status
