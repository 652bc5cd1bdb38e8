import * as z from 'zod';

import type { JsonObject } from '../../domain/values/json.js';
import { fetchJson, readBaseUrl } from '../bounded-fetch.js';
import { defineTool } from '../define-tool.js';
import type { ToolContext, ToolResult } from '../tool.js';

const FORECAST_URL = 'https://api.open-meteo.com/';
const GEOCODING_URL = 'https://geocoding-api.open-meteo.com/';

const placesSchema = z.object({
  results: z
    .array(
      z.object({
        name: z.string(),
        country: z.string().nullish(),
        admin1: z.string().nullish(),
        latitude: z.number(),
        longitude: z.number(),
      }),
    )
    .default([]),
});
type Place = z.infer<typeof placesSchema>['results'][number];

const forecastSchema = z.object({
  current: z.object({
    time: z.string(),
    temperature_2m: z.number(),
    apparent_temperature: z.number().nullish(),
    relative_humidity_2m: z.number().nullish(),
    wind_speed_10m: z.number().nullish(),
    precipitation: z.number().nullish(),
    weather_code: z.number(),
  }),
});
type Current = z.infer<typeof forecastSchema>['current'];

const FIELDS = Object.keys(forecastSchema.shape.current.shape).filter((field) => field !== 'time');

export const weatherTool = defineTool({
  id: 'weather_tool',
  name: 'Weather Tool',
  description:
    'The current weather of a city, from Open-Meteo, without a key: {city, region, country, latitude, longitude, time ' +
    '(UTC), description, temperature_celsius, feels_like_celsius, humidity_percent, wind_kmh, precipitation_mm}. ' +
    'One city per call.',
  effect: 'read',
  sends: true,
  isPublic: true,
  args: z.object({ city: z.string().trim().min(1).describe('Name of the city, e.g. "London" or "Paris, Texas".') }),
  run: async (context, { city }) => weatherOf(context, city),
});

async function weatherOf(context: ToolContext, city: string): Promise<ToolResult> {
  const found = await findPlace(context, city);
  if (!found.ok) return found.failure;
  const { place } = found;
  const reply = await ask(context, {
    setting: 'base_url',
    standard: FORECAST_URL,
    path: 'v1/forecast',
    query: { latitude: place.latitude, longitude: place.longitude, current: FIELDS.join(','), timezone: 'UTC' },
  });
  if (!reply.ok) return reply.failure;
  const parsed = forecastSchema.safeParse(reply.value);
  if (!parsed.success) return failure('Open-Meteo answered without the current weather.', true);
  const value = describe(place, parsed.data.current);
  const { description, temperature_celsius: celsius } = value;
  const summary = `The current weather in ${place.name} is ${description} with a temperature of ${celsius}°C.`;
  return { kind: 'output', value, summary };
}

function failure(message: string, retryable: boolean): ToolResult & { kind: 'failure' } {
  return { kind: 'failure', message, retryable };
}

type Found = { ok: true; place: Place } | { ok: false; failure: ToolResult };

/** The part before a comma is looked up; what follows picks among places of that name. */
async function findPlace(context: ToolContext, city: string): Promise<Found> {
  const [name = '', ...qualifiers] = city.split(',').map((part) => part.trim());
  const reply = await ask(context, {
    setting: 'geocoding_base_url',
    standard: GEOCODING_URL,
    path: 'v1/search',
    query: { name, count: qualifiers.length === 0 ? 1 : 20, language: 'en', format: 'json' },
  });
  if (!reply.ok) return reply;
  const parsed = placesSchema.safeParse(reply.value);
  if (!parsed.success) return { ok: false, failure: failure('Open-Meteo answered without a list of places.', true) };
  const place = parsed.data.results.find((candidate) => qualifiers.every((qualifier) => fits(candidate, qualifier)));
  if (place !== undefined) return { ok: true, place };
  return { ok: false, failure: failure(`Open-Meteo knows no city called ${JSON.stringify(city)}.`, false) };
}

function fits({ country, admin1 }: Place, qualifier: string): boolean {
  return [country, admin1].some((name) => name?.toLowerCase() === qualifier.toLowerCase());
}

interface WeatherRequest {
  setting: string;
  standard: string;
  path: string;
  query: Record<string, string | number>;
}

async function ask({ environment, signal }: ToolContext, { setting, standard, path, query }: WeatherRequest) {
  const base = readBaseUrl(environment.setting('weather_tool', setting), standard);
  if (base === undefined) {
    const message = `The setting tools.settings.weather_tool.${setting} is not an address. Write for example ${standard}`;
    return { ok: false as const, failure: failure(message, false) };
  }
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return fetchJson({ url, signal, service: 'Open-Meteo' });
}

function describe(place: Place, current: Current): JsonObject & { description: string; temperature_celsius: number } {
  return {
    city: place.name,
    region: place.admin1 ?? null,
    country: place.country ?? null,
    latitude: place.latitude,
    longitude: place.longitude,
    time: `${current.time}Z`,
    description: WEATHER_CODES.get(current.weather_code) ?? `weather code ${current.weather_code}`,
    temperature_celsius: current.temperature_2m,
    feels_like_celsius: current.apparent_temperature ?? null,
    humidity_percent: current.relative_humidity_2m ?? null,
    wind_kmh: current.wind_speed_10m ?? null,
    precipitation_mm: current.precipitation ?? null,
  };
}

/** WMO 4677, as far as Open-Meteo uses it. */
const WEATHER_CODES = new Map([
  [0, 'clear sky'],
  [1, 'mainly clear'],
  [2, 'partly cloudy'],
  [3, 'overcast'],
  [45, 'fog'],
  [48, 'depositing rime fog'],
  [51, 'light drizzle'],
  [53, 'moderate drizzle'],
  [55, 'dense drizzle'],
  [56, 'light freezing drizzle'],
  [57, 'dense freezing drizzle'],
  [61, 'slight rain'],
  [63, 'moderate rain'],
  [65, 'heavy rain'],
  [66, 'light freezing rain'],
  [67, 'heavy freezing rain'],
  [71, 'slight snowfall'],
  [73, 'moderate snowfall'],
  [75, 'heavy snowfall'],
  [77, 'snow grains'],
  [80, 'slight rain showers'],
  [81, 'moderate rain showers'],
  [82, 'violent rain showers'],
  [85, 'slight snow showers'],
  [86, 'heavy snow showers'],
  [95, 'thunderstorm'],
  [96, 'thunderstorm with slight hail'],
  [99, 'thunderstorm with heavy hail'],
]);
