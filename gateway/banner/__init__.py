"""Asking people in a web page: what may be asked, in which words, by which script, and what their answers come to.

- `prompt_desk`: what one person may be asked now, and the writing of their answers.
- `notice`: the policy's texts in one language, for anybody who holds the browser key.
- `script`: the program that asks (`volens-banner.js`), as the gateway serves it.
"""
