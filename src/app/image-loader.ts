import { PortiaError } from '../domain/errors.js';
import type { ImageLoader } from '../executor/services.js';
import type { Jail } from '../tools/paths.js';

/** Images of files that tools may read, and of addresses that they may fetch. */
export function imageLoader(jail: Jail): ImageLoader {
  return {
    async isThere(file) {
      const { isImageThere } = await import('../tools/load-image.js');
      return isImageThere(file, jail);
    },
    async load(source, signal) {
      const { loadImage } = await import('../tools/load-image.js');
      const loaded = await loadImage(source, { jail, signal });
      if (loaded.ok) return loaded.dataUrl;
      const { message, fix, unavailable = false } = loaded;
      const more = unavailable ? 'Try again later.' : undefined;
      throw new PortiaError(unavailable ? 'unavailable' : 'invalid-input', message, {
        fix: fix ?? more,
        retryable: unavailable,
      });
    },
  };
}

/** The error for a tool that asks a model about an image when the settings say that the model takes none. */
export function takesNoImages(modelId: string): PortiaError {
  return new PortiaError('invalid-settings', `${modelId} is shown no images.`, {
    why: 'model_settings say "images": false for it.',
    fix: 'Use a model that sees images: --execution-model provider/name',
    retryable: false,
  });
}
