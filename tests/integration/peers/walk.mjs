// AWS's SDK for JavaScript with default settings against the local cloud:
//     node walk.mjs FOLDER_WITH_NODE_MODULES URL KEY_ID SECRET REGION
// Prints a line for each step; status 1 at the first that goes wrong.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Readable } from 'node:stream';

const [folder, url, keyId, secret, region] = process.argv.slice(2);
const installed = createRequire(path.join(path.resolve(folder), 'node_modules', 'x.js'));
const dynamodb = installed('@aws-sdk/client-dynamodb');
const documents = installed('@aws-sdk/lib-dynamodb');
const s3 = installed('@aws-sdk/client-s3');
const { Upload } = installed('@aws-sdk/lib-storage');
const { getSignedUrl } = installed('@aws-sdk/s3-request-presigner');
const secrets = installed('@aws-sdk/client-secrets-manager');
const sts = installed('@aws-sdk/client-sts');

const settings = (changes = {}) => ({
  endpoint: url, region, credentials: { accessKeyId: keyId, secretAccessKey: secret, ...changes },
});
const image = randomBytes(100_000);

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return [error.$metadata?.httpStatusCode, error.name];
  }
  assert.fail('it was not refused');
}

async function fetched(address, options) {
  const response = await fetch(address, options);
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, body, code: /<Code>(.*?)<\/Code>/.exec(body.toString())?.[1] };
}

async function collected(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const steps = {
  async 'a table holds users and their rewards'() {
    const client = new dynamodb.DynamoDBClient(settings());
    const TableName = 'javascript';
    await client.send(new dynamodb.CreateTableCommand({
      TableName, BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }, { AttributeName: 'SK', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }, { AttributeName: 'SK', KeyType: 'RANGE' }],
    }));
    await dynamodb.waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName });
    const items = documents.DynamoDBDocumentClient.from(client);
    const user = { PK: 'USER#1', SK: 'USER#1', name: 'Ada ü', tags: new Set(['a', 'b']), nested: { list: [1, null, true] } };
    await items.send(new documents.PutCommand({ TableName, Item: user }));
    const got = await items.send(new documents.GetCommand({ TableName, Key: { PK: 'USER#1', SK: 'USER#1' } }));
    assert.deepEqual(got.Item, user);
    const rewards = Array.from({ length: 25 }, (_, i) => ({ PK: 'USER#1', SK: `REWARD#${String(i).padStart(2, '0')}`, points: i }));
    await items.send(new documents.BatchWriteCommand({
      RequestItems: { [TableName]: rewards.map((Item) => ({ PutRequest: { Item } })) },
    }));
    const found = [];
    const pages = documents.paginateQuery({ client: items, pageSize: 10 }, {
      TableName, KeyConditionExpression: 'PK = :pk and begins_with(SK, :prefix)',
      ExpressionAttributeValues: { ':pk': 'USER#1', ':prefix': 'REWARD#' },
    });
    for await (const page of pages) found.push(...page.Items);
    assert.deepEqual(found, rewards);
    const updated = await items.send(new documents.UpdateCommand({
      TableName, Key: { PK: 'USER#1', SK: 'REWARD#03' }, UpdateExpression: 'ADD points :n', ReturnValues: 'ALL_NEW',
      ExpressionAttributeValues: { ':n': 4 },
    }));
    assert.equal(updated.Attributes.points, 7);
    assert.deepEqual(
      await refusal(items.send(new documents.PutCommand({ TableName, Item: user, ConditionExpression: 'attribute_not_exists(PK)' }))),
      [400, 'ConditionalCheckFailedException']);
    assert.deepEqual(await refusal(items.send(new documents.GetCommand({ TableName: 'nowhere', Key: { PK: 'a' } }))),
      [400, 'ResourceNotFoundException']);
  },

  async 'objects go up and come down'() {
    const client = new s3.S3Client(settings());
    const Bucket = 'javascript';
    await client.send(new s3.CreateBucketCommand({ Bucket }));
    const metadata = { Metadata: { owner: 'ada' }, ContentType: 'image/jpeg' };
    for (const Key of ['receipts/1/a.jpg', 'with space+ü(1)\'!*.jpg', 'a//b/../c']) {
      await client.send(new s3.PutObjectCommand({ Bucket, Key, Body: image, ...metadata }));
      const got = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
      assert.ok(image.equals(await collected(got.Body)), Key);
      assert.deepEqual([got.ContentType, got.ContentLength, got.Metadata], ['image/jpeg', image.length, { owner: 'ada' }]);
    }
    const part = await client.send(new s3.GetObjectCommand({ Bucket, Key: 'receipts/1/a.jpg', Range: 'bytes=10-19' }));
    assert.ok(image.subarray(10, 20).equals(await collected(part.Body)));
    const listed = await client.send(new s3.ListObjectsV2Command({ Bucket, Delimiter: '/' }));
    assert.deepEqual(listed.CommonPrefixes.map((one) => one.Prefix), ['a/', 'receipts/']);
    assert.deepEqual(listed.Contents.map((one) => one.Key), ['with space+ü(1)\'!*.jpg']);
    assert.deepEqual(await refusal(client.send(new s3.GetObjectCommand({ Bucket, Key: 'nothing' }))), [404, 'NoSuchKey']);
    const gone = await client.send(new s3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a//b/../c' }, { Key: 'nothing' }] } }));
    assert.equal(gone.Deleted.length, 2);
  },

  async 'a stream of known length goes up in chunks with a trailer'() {
    const client = new s3.S3Client(settings());
    let sent;
    client.middlewareStack.add((next) => (call) => { sent = call.request.headers; return next(call); },
      { step: 'finalizeRequest', priority: 'low', name: 'seeHeaders' });
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA256']) {
      const body = Readable.from([image.subarray(0, 70_000), image.subarray(70_000)]);
      await client.send(new s3.PutObjectCommand({
        Bucket: 'javascript', Key: 'streamed', Body: body, ContentLength: image.length, ChecksumAlgorithm,
      }));
      assert.equal(sent['x-amz-content-sha256'], 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');
      const got = await client.send(new s3.GetObjectCommand({ Bucket: 'javascript', Key: 'streamed', ChecksumMode: 'ENABLED' }));
      assert.ok(image.equals(await collected(got.Body)), ChecksumAlgorithm);
      assert.ok(got[`Checksum${ChecksumAlgorithm}`], ChecksumAlgorithm);
    }
  },

  async 'a stream of unknown length goes up in parts'() {
    const client = new s3.S3Client(settings());
    const parts = Array.from({ length: 12 }, () => randomBytes(1 << 20));
    const upload = new Upload({
      client, params: { Bucket: 'javascript', Key: 'large', Body: Readable.from(parts), ContentType: 'application/pdf' },
    });
    const done = await upload.done();
    assert.match(done.ETag, /-3"$/);
    const got = await client.send(new s3.GetObjectCommand({ Bucket: 'javascript', Key: 'large' }));
    assert.ok(Buffer.concat(parts).equals(await collected(got.Body)));
    assert.equal(got.ContentType, 'application/pdf');
    const small = new Upload({ client, params: { Bucket: 'javascript', Key: 'small', Body: Readable.from([image]) } });
    await small.done();
    const back = await client.send(new s3.GetObjectCommand({ Bucket: 'javascript', Key: 'small' }));
    assert.ok(image.equals(await collected(back.Body)));
  },

  async 'presigned URLs are good for what they say and nothing else'() {
    const client = new s3.S3Client(settings());
    const where = { Bucket: 'javascript', Key: 'receipts/2/lunch ü.jpg' };
    const signs = { expiresIn: 900, signableHeaders: new Set(['content-type']) };
    const upload = await getSignedUrl(client, new s3.PutObjectCommand({ ...where, ContentType: 'image/jpeg', Metadata: { owner: 'ada' } }), signs);
    const jpeg = { 'content-type': 'image/jpeg' };
    const put = (address, headers = jpeg, method = 'PUT') => fetched(address, { method, headers, body: method === 'GET' ? undefined : image });
    assert.equal((await put(upload)).status, 200);
    const download = await getSignedUrl(client, new s3.GetObjectCommand(where));
    const got = await fetched(download);
    assert.equal(got.status, 200);
    assert.ok(image.equals(got.body));
    const head = await client.send(new s3.HeadObjectCommand(where));
    assert.deepEqual([head.ContentType, head.Metadata], ['image/jpeg', { owner: 'ada' }]);
    const changed = {
      key: put(upload.replace('lunch', 'supper')),
      type: put(upload, { 'content-type': 'text/html' }),
      method: put(upload, jpeg, 'GET'),
      expiry: put(upload.replace('X-Amz-Expires=900', 'X-Amz-Expires=901')),
      parameter: put(`${upload}&versionId=1`),
      time: put(upload.replace(/(X-Amz-Date=\d+T\d+)(\d)Z/, (_, date, second) => `${date}${(Number(second) + 1) % 10}Z`)),
      metadata: put(upload.replace('x-amz-meta-owner=ada', 'x-amz-meta-owner=bob')),
      host: put(upload.replace('127.0.0.1', 'localhost')),
    };
    for (const [what, answer] of Object.entries(changed)) {
      const { status, code } = await answer;
      assert.deepEqual([status, code], [403, 'SignatureDoesNotMatch'], what);
    }
    const late = await getSignedUrl(client, new s3.GetObjectCommand(where), { expiresIn: 60, signingDate: new Date(Date.now() - 61_000) });
    const refused = await fetched(late);
    assert.deepEqual([refused.status, refused.code], [403, 'AccessDenied']);
    for (const [changes, code] of [[{ secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'], [{ accessKeyId: 'AKIANOBODY' }, 'InvalidAccessKeyId']]) {
      const forged = await fetched(await getSignedUrl(new s3.S3Client(settings(changes)), new s3.GetObjectCommand(where)));
      assert.deepEqual([forged.status, forged.code], [403, code]);
    }
  },

  async 'secrets are kept'() {
    const client = new secrets.SecretsManagerClient(settings());
    const { ARN } = await client.send(new secrets.CreateSecretCommand({ Name: 'javascript/key', SecretString: 'one' }));
    await client.send(new secrets.PutSecretValueCommand({ SecretId: 'javascript/key', SecretString: 'two' }));
    assert.equal((await client.send(new secrets.GetSecretValueCommand({ SecretId: ARN }))).SecretString, 'two');
    assert.deepEqual(await refusal(client.send(new secrets.GetSecretValueCommand({ SecretId: 'nothing' }))),
      [400, 'ResourceNotFoundException']);
  },

  async 'the caller is known'() {
    const identity = await new sts.STSClient(settings()).send(new sts.GetCallerIdentityCommand({}));
    assert.equal(identity.Account, '000000000000');
  },

  async 'wrong secrets and unknown keys are refused, each in the service\'s words'() {
    const calls = (changes) => Promise.all([
      refusal(new s3.S3Client(settings(changes)).send(new s3.ListBucketsCommand({}))),
      refusal(new dynamodb.DynamoDBClient(settings(changes)).send(new dynamodb.ListTablesCommand({}))),
      refusal(new secrets.SecretsManagerClient(settings(changes)).send(new secrets.ListSecretsCommand({}))),
      refusal(new sts.STSClient(settings(changes)).send(new sts.GetCallerIdentityCommand({}))),
    ]);
    assert.deepEqual(await calls({ secretAccessKey: 'wrong' }), [
      [403, 'SignatureDoesNotMatch'], [400, 'InvalidSignatureException'], [400, 'InvalidSignatureException'], [403, 'SignatureDoesNotMatch']]);
    assert.deepEqual(await calls({ accessKeyId: 'AKIANOBODY' }), [
      [403, 'InvalidAccessKeyId'], [400, 'UnrecognizedClientException'], [400, 'UnrecognizedClientException'], [403, 'InvalidClientTokenId']]);
  },
};

for (const [what, step] of Object.entries(steps)) {
  try {
    await step();
    console.log(`  ${what}`);
  } catch (error) {
    console.log(`  ${what}: ${error.stack}`);
    process.exit(1);
  }
}
