const TYPES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  404: 'NotFoundError',
  405: 'MethodNotAllowedError',
  429: 'RateLimitError',
  500: 'InternalServerError',
  503: 'ServiceUnavailableError',
}

/** A request that the simulated server rejects as vLLM would. */
export class SimError extends Error {
  readonly status: number
  readonly param: string | null

  constructor(status: number, message: string, param: string | null = null) {
    super(message)
    this.status = status
    this.param = param
  }
}

/** vLLM's error body: `code` repeats the status as a number. */
export const errorBody = (status: number, message: string, param: string | null = null) => ({
  error: { message, type: TYPES[status] ?? 'Error', param, code: status },
})

/** Throws a 400 that names the field. */
export function invalidField(param: string, message: string): never {
  throw new SimError(400, message, param)
}
