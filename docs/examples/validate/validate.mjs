// Compiles the schemas of pkg/jobs/schema with Ajv in its strict mode, validates the AsyncAPI description against the
// definition of AsyncAPI 3, and then each document that is named:
//
//   node validate.mjs SCHEMAS [SCHEMA=DOCUMENT …]      such as: outcome.v1=event.json
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import Ajv from "ajv";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const [folder, ...documents] = process.argv.slice(2);
const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const suffix = ".schema.json";

const ajv = addFormats(new Ajv2020({ strict: true, allErrors: true }));
const schemas = readdirSync(folder).filter((name) => name.endsWith(suffix)).map((name) => read(join(folder, name)));

for (const schema of schemas) ajv.addSchema(schema);
for (const schema of schemas) ajv.getSchema(schema.$id); // compiles it

const definition = createRequire(import.meta.url)("@asyncapi/specs/schemas/3.0.0-without-$id.json");
// The definition is not ours, and not written for the strict mode.
const asyncapi = addFormats(new Ajv({ strict: false, allErrors: true, logger: false })).compile(definition);

let failed = 0;

function report(what, validate, document) {
  if (validate(document)) {
    console.log(`valid: ${what}`);
    return;
  }

  failed++;
  for (const { instancePath, message } of validate.errors) console.error(`${what}: ${instancePath || "/"} ${message}`);
}

report("asyncapi.json", asyncapi, read(join(folder, "asyncapi.json")));

for (const pair of documents) {
  const [name, path] = pair.split("=");
  const schema = schemas.find(({ $id }) => $id.endsWith(`/${name}${suffix}`));
  if (!schema) throw new Error(`there is no schema ${name} in ${folder}`);
  report(pair, ajv.getSchema(schema.$id), read(path));
}

console.log(`${schemas.length} schemas compiled in strict mode`);
process.exitCode = failed ? 1 : 0;
