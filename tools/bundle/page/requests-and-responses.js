// What is loaded for requests and responses.

export { Requester } from './request.js';
export { answer } from './respond.js';
