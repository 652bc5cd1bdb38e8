import { expect, test } from 'vitest';

import { statusFault } from '../../../src/models/faults/faults.js';

test.each([
  [400, 'Invalid content type. image_url is only supported by certain models.'],
  [400, 'Model does not support images. Please use a model that does.'],
  [400, 'Image input is not enabled for this model'],
  [422, 'messages[1]: unknown variant `image_url`, expected `text`'],
  [404, 'No endpoints found that support image input'],
  [500, 'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj'],
  [500, 'this model is missing data required for image input'],
  [400, 'm is not a multimodal model'],
  [400, 'You uploaded an unsupported image. Please make sure your image is valid.'],
  [400, 'Could not process image'],
])('when a server says %i, %s, then the model takes no image', (status, message) => {
  const body = JSON.stringify({ error: { message } });
  expect(statusFault({ status, headers: new Headers(), body }).verdict).toBe('no-images');
});
