"""Writes what transformers makes of conversations in templates that use what chat templates use.

    python tools/oracle/tokenization/make-chat-templates.py

`libs/tokenization/fixtures/chat-templates.json`: cases of template, messages and options with the text, or with the
message that the template raises. The special tokens are those of the fixture `smollm`.
"""

import json
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from jinja2.exceptions import TemplateError
from transformers import AutoTokenizer

OUT = Path(__file__).resolve().parents[3] / "libs/tokenization/fixtures"

USER = {"role": "user", "content": "  What is <b>½</b> & \"more\"?\n"}
ANSWER = {"role": "assistant", "content": "It's 0.5 — ‘half’.\n\n"}
SYSTEM = {"role": "system", "content": "Be brief."}
CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {"type": "function", "function": {"name": "weave", "arguments": {"threads": 3, "dense": True, "tone": "grün"}}}
    ],
}
RESULT = {"role": "tool", "name": "weave", "content": "{\"cloth\": 1.5}"}
PARTS = {"role": "user", "content": [{"type": "text", "text": "Look:"}, {"type": "image"}, {"type": "text", "text": "ok?"}]}
THINKING = {"role": "assistant", "reasoning_content": "hmm", "content": "<think>\nold\n</think>\n\nYes."}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weave",
            "description": "Weaves <cloth> & more, auch grün.",
            "parameters": {
                "type": "object",
                "properties": {"threads": {"type": "integer", "default": 2}, "dense": {"type": "boolean"}},
                "required": ["threads"],
                "additionalProperties": False,
            },
        },
    }
]
CHATS = {
    "one": [USER],
    "turns": [SYSTEM, USER, ANSWER, {"role": "user", "content": "And ¼?"}],
    "answered": [USER, ANSWER],
    "tools": [SYSTEM, USER, CALL, RESULT, ANSWER],
    "parts": [PARTS, ANSWER],
    "thinking": [USER, THINKING, USER, THINKING],
    "empty": [],
}

TEMPLATES = {
    "marks": """{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}""",
    "default-system": """{% for message in messages %}
    {% if loop.first and messages[0]['role'] != 'system' %}
        {{- '<|im_start|>system\nYou weave.<|im_end|>\n' }}
    {% endif %}
    {{- '<|im_start|>' ~ message.role ~ '\n' }}
    {{- message.content | trim }}
    {{- eos_token + '\n' }}
{% endfor %}
{% if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{% endif %}""",
    "headers": """{{- bos_token }}
{%- if messages and messages[0].role == 'system' %}
    {%- set system = messages[0].content | trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system = '' %}
{%- endif %}
{{- 'system: ' + system + '\n' }}
{%- if tools is not none %}
    {{- 'Tools:\n' }}
    {%- for tool in tools %}
        {{- tool | tojson(indent=4) }}
        {{- '\n\n' }}
    {%- endfor %}
{%- endif %}
{%- for message in messages %}
    {%- if not (message.role == 'tool' or 'tool_calls' in message) %}
        {{- message.role + ': ' + (message.content if message.content is string else message.content | length | string) | trim + eos_token }}
    {%- elif 'tool_calls' in message %}
        {%- set call = message.tool_calls[0].function %}
        {{- '{"name": "' + call.name + '", "parameters": ' }}
        {{- call.arguments | tojson }}
        {{- '}' + eos_token }}
    {%- else %}
        {{- 'tool: ' }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- 'assistant: ' }}
{%- endif %}""",
    "namespace": """{%- set ns = namespace(last=-1, found=false) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages | length - 1) - loop.index0 %}
    {%- if not ns.found and message.role == 'user' and message.content is string and not message.content.startswith('<tool') %}
        {%- set ns.found = true %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if message.role == 'assistant' %}
        {%- set reasoning = '' %}
        {%- if message.reasoning_content is defined and message.reasoning_content is not none %}
            {%- set reasoning = message.reasoning_content %}
        {%- elif '</think>' in content %}
            {%- set reasoning = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
        {%- endif %}
        {%- if '</think>' in content %}
            {%- set content = content.split('</think>')[-1].lstrip('\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last and (loop.last or reasoning) %}
            {{- '<think>\n' + reasoning.strip('\n') + '\n</think>\n\n' }}
        {%- endif %}
    {%- endif %}
    {{- loop.index ~ '/' ~ loop.length ~ ' ' ~ message.role ~ ': ' ~ content ~ '\n' }}
{%- endfor %}
last user: {{ ns.last }}
{%- if add_generation_prompt and enable_thinking is defined and enable_thinking is false %}
    {{- '<think>\n\n</think>\n\n' }}
{%- endif %}""",
    "alternate": """{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate: ' + message['role']) }}{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token }}{% endif %}{% endfor %}""",
    "macros": """{%- macro part(content, mark='*') -%}
    {%- if content is string -%}{{ mark }}{{ content }}
    {%- elif content is none or content is not defined -%}nothing
    {%- else -%}
        {%- for item in content -%}
            {%- if item.type == 'text' -%}{{ item.text }}{%- else -%}<{{ item['type'] }}>{%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
{% for message in messages %}
[{{ message.role | upper }}] {{ part(message.content, mark='> ') }}
{% endfor %}
{{ messages | map(attribute='role') | join(', ') }}
{{ messages | selectattr('role', 'equalto', 'user') | list | length }}
""",
    "filters": """{% for message in messages if message.role != 'system' %}
{{ loop.index0 }}|{{ message.role | capitalize }}|{{ message.role | title }}|{{ message.name | default('anon') }}|{{ (message.content or '') | string | length }}
{% else %}
none
{% endfor %}
{% set numbers = [3, 1, 2] %}
{{ numbers | sort | join('-') }} {{ numbers | first }} {{ numbers | last }} {{ numbers | reverse | list }} {{ numbers | length }}
{{ 7 // 2 }} {{ 7 % 3 }} {{ 2 * 3 + 1 }} {{ 10 / 4 }} {{ -5 | abs }} {{ 'a' in 'abc' }} {{ 1 in numbers }} {{ not true }}
{{ range(3) | list }} {{ range(1, 8, 3) | list }} {{ 'x,y'.split(',') }} {{ ' pad ' | trim }}| {{ 'abc'[1:] }} {{ 'abc'[-1] }} {{ 'a-b'.replace('-', '+') }}
{{ {'b': 1, 'a': [true, none, 1.5, 'ü']} | tojson }} {{ 'AbC'.lower() }} {{ 'abc'.endswith('c') }} {{ 'é<>&\\'' | tojson }}
{% for key, value in {'k': 1, 'l': 2}.items() %}{{ key }}={{ value }};{% endfor %}

{{ 'yes' if messages else 'no' }}{{ undefined_thing }}{{ 'x' if false }}
{# a comment #}
  {%- if true -%}  kept  {%- endif %}
""",
    "generation": """{% for message in messages %}
{% if message.role == 'assistant' %}
{% generation %}
{{ message.content }}{{ eos_token }}
{% endgeneration %}
{% else %}
{{ message.role }}: {{ message.content }}
{% endif %}
{% endfor %}""",
    "loops": """{% for message in messages %}{% if message.role == 'system' %}{% continue %}{% endif %}{{ message.role }},{% if loop.index == 3 %}{% break %}{% endif %}{% endfor %}
{% for a in [1, 2] %}{% for b in [3, 4] %}{{ a * b }}{{ ' ' if not loop.last }}{% endfor %}{{ '\n' }}{% endfor %}{% set text %}block {{ messages | length }}{% endset %}{{ text }} {{ loop is defined }} {{ messages[0].role if messages else 'nobody' }} {{ messages[-1]['role'] if messages|length > 0 }}""",
    "documents": """{% if documents %}{% for document in documents %}<{{ document.title }}>{{ document['text'] }}{% endfor %}{% endif %}{{ custom_note is defined }} {{ custom_note if custom_note is defined else '-' }} {{ tools is none }} {{ pad_token }} {{ unk_token }}""",
    "time": """{{ strftime_now('%%') }}{% if strftime_now is defined %}{{ strftime_now('%Y') | length }}{% endif %}""",
}

OPTIONS = [
    {},
    {"add_generation_prompt": True},
    {"tools": TOOLS, "add_generation_prompt": True},
    {
        "add_generation_prompt": True,
        "documents": [{"title": "T", "text": "d & e"}],
        "enable_thinking": False,
        "custom_note": "n",
    },
]


def render(tokenizer, template, messages, options):
    try:
        text = tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False, **options)
        return {"text": text}
    except TemplateError as error:
        return {"raises": str(error)}
    except (TypeError, ValueError):
        return None


def main():
    tokenizer = AutoTokenizer.from_pretrained(OUT / "smollm")
    cases = []
    for name in TEMPLATES:
        for chat in CHATS:
            for index, options in enumerate(OPTIONS):
                outcome = render(tokenizer, TEMPLATES[name], CHATS[chat], options)
                if outcome is not None:
                    cases.append({"template": name, "chat": chat, "options": index, **outcome})
    whole = {"templates": TEMPLATES, "chats": CHATS, "options": OPTIONS, "cases": cases}
    (OUT / "chat-templates.json").write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(len(cases), "cases,", sum("raises" in case for case in cases), "raise")


main()
