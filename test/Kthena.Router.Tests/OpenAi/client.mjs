// What an application does with OpenAI's own library; prints one JSON object.
import { createRequire } from 'node:module';
const [, , folder, baseURL] = process.argv;
const { OpenAI, NotFoundError } = createRequire(folder + '/')('openai');
const client = new OpenAI({ baseURL, apiKey: 'secret', maxRetries: 0 });
const messages = [{ role: 'user', content: 'hello' }];
const result = {};
result.models = (await client.models.list()).data.map(model => model.id);
result.answer = (await client.chat.completions.create({ model: 'tiny', messages })).choices[0].message.content;
result.chunks = [];
for await (const chunk of await client.chat.completions.create({ model: 'tiny', messages, stream: true }))
  result.chunks.push(chunk.choices[0].delta.content);
try {
  await client.chat.completions.create({ model: 'nobody', messages });
} catch (error) {
  result.error = { isNotFound: error instanceof NotFoundError, code: error.code, type: error.type, requestId: error.requestID ?? error.request_id };
}
console.log(JSON.stringify(result));
