// What a page loads when it first asks or answers.

export { Requester } from './request.js';
export { answer } from './respond.js';
