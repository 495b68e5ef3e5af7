//! Templates in the manner of those that model families come with.

use super::*;

/// As Llama 3 has it: the date fixed where there is no clock, tools in the first message, JSON for calls.
const LLAMA: &str = r#"{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start|>system<|header|>\n\nToday: " + date_string + "\n" }}
{%- if tools is not none %}
    {%- for t in tools %}{{- t | tojson(indent=4) }}{{- "\n" }}{%- endfor %}
{%- endif %}
{{- system_message }}{{- "<|eot|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start|>' + message['role'] + '<|header|>\n\n' + message['content'] | trim + '<|eot|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}{{- raise_exception("one call at once, please") }}{%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '<|start|>assistant<|header|>\n\n' -}}
        {{- '{"name": "' + tool_call.name + '", "parameters": ' }}{{- tool_call.arguments | tojson }}{{- "}<|eot|>" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|start|>ipython<|header|>\n\n" }}
        {%- if message.content is mapping or message.content is iterable %}{{- message.content | tojson }}
        {%- else %}{{- message.content }}{%- endif %}
        {{- "<|eot|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start|>assistant<|header|>\n\n' }}{%- endif %}"#;

/// As Qwen has it: a namespace, a walk backwards, macros of Python's strings, tags around calls and results.
const QWEN: &str = r#"{%- if tools %}
    {{- '<|im_start|>system\n' }}
    {%- if messages[0].role == 'system' %}{{- messages[0].content + '\n\n' }}{%- endif %}
    {{- "<tools>" }}{%- for tool in tools %}{{- "\n" }}{{- tool | tojson }}{%- endfor %}{{- "\n</tools><|im_end|>\n" }}
{%- else %}
    {%- if messages[0].role == 'system' %}{{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}{%- endif %}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}{%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {%- set content = message.content %}
        {%- if '</think>' in content %}{%- set content = content.split('</think>')[-1].lstrip('\n') %}{%- endif %}
        {{- '<|im_start|>assistant' }}
        {%- if content %}{{- '\n' + content }}{%- endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function %}{%- set tool_call = tool_call.function %}{%- endif %}
            {{- '\n<tool_call>\n{"name": "' }}{{- tool_call.name }}{{- '", "arguments": ' }}
            {%- if tool_call.arguments is string %}{{- tool_call.arguments }}{%- else %}{{- tool_call.arguments | tojson }}{%- endif %}
            {{- '}\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}{{- '<|im_start|>user' }}{%- endif %}
        {{- '\n<tool_response>\n' }}{{- message.content }}{{- '\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}{{- '<|im_end|>\n' }}{%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\n\n</think>\n\n' }}{%- endif %}
{%- endif %}"#;

/// As Mistral has it: selecting filters, checks of the roles, lists of calls.
const MISTRAL: &str = r#"{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}{%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}{%- set tools = none %}{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}{{- '"' + key + '": "' + val + '"' }}{%- else %}{{- '"' + key + '": ' + val|tojson }}{%- endif %}
                    {%- if not loop.last %}{{- ", " }}{%- endif %}
                {%- endfor %}
                {{- "}}" }}
            {%- endfor %}
            {{- "][/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {{- "[INST] " + message["content"] + "[/INST]" }}
    {%- elif message.tool_calls is defined and message.tool_calls is not none %}
        {{- "[TOOL_CALLS] [" }}
        {%- for tool_call in message.tool_calls %}
            {%- set out = tool_call.function|tojson %}
            {{- out[:-1] }}
            {%- if not tool_call.id is defined or tool_call.id|length != 9 %}{{- raise_exception("ids have 9 characters") }}{%- endif %}
            {{- ', "id": "' + tool_call.id + '"}' }}
            {%- if not loop.last %}{{- ", " }}{%- else %}{{- "]" + eos_token }}{%- endif %}
        {%- endfor %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token }}
    {%- elif message["role"] == "tool" %}
        {{- '[TOOL_RESULTS] {"content": ' + message.content|string + ', "call_id": "' + message.tool_call_id + '"}[/TOOL_RESULTS]' }}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported") }}
    {%- endif %}
{%- endfor %}"#;

fn format(templates: &[(&str, &str)]) -> ChatFormat {
    let templates = templates.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
    ChatFormat::new(templates, "<s>".into(), "</s>".into()).unwrap()
}

fn message(role: &str, content: &str) -> Message {
    Message { role: role.into(), content: content.into() }
}

fn render(template: &str, messages: &[Message]) -> Result<String, InferenceError> {
    format(&[(DEFAULT, template)]).render(&messages.into())
}

/// A question, a call, its result.
fn with_tools() -> Conversation {
    let call = json!({ "id": "call00001", "type": "function", "function": { "name": "add", "arguments": { "a": 1, "b": "<2>" } } });
    let parameters =
        json!({ "type": "object", "properties": { "b": { "type": "string" }, "a": { "type": "integer" } } });
    Conversation {
        messages: vec![
            json!({ "role": "user", "content": "What is 1 + 2?" }),
            json!({ "role": "assistant", "content": "", "tool_calls": [call] }),
            json!({ "role": "tool", "content": "3", "tool_call_id": "call00001" }),
        ],
        tools: vec![
            json!({ "type": "function", "function": { "name": "add", "description": "Adds.", "parameters": parameters } }),
        ],
        template: None,
    }
}

#[test]
fn a_llama_conversation_has_its_tools_calls_and_a_fixed_date() {
    let text = format(&[(DEFAULT, LLAMA)]).render(&with_tools()).unwrap();
    assert!(
        text.starts_with("<s><|start|>system<|header|>\n\nToday: 26 Jul 2024\n{\n    \"type\": \"function\",\n"),
        "{text}"
    );
    assert!(text.ends_with(
        "<|start|>user<|header|>\n\nWhat is 1 + 2?<|eot|><|start|>assistant<|header|>\n\n\
         {\"name\": \"add\", \"parameters\": {\"a\": 1, \"b\": \"<2>\"}}<|eot|><|start|>ipython<|header|>\n\n\"3\"<|eot|>\
         <|start|>assistant<|header|>\n\n"
    ), "{text}");
}

#[test]
fn a_qwen_conversation_has_its_tools_in_their_order() {
    let text = format(&[(DEFAULT, QWEN)]).render(&with_tools()).unwrap();
    assert_eq!(
        text,
        "<|im_start|>system\n<tools>\n{\"type\": \"function\", \"function\": {\"name\": \"add\", \"description\": \"Adds.\", \
         \"parameters\": {\"type\": \"object\", \"properties\": {\"b\": {\"type\": \"string\"}, \"a\": {\"type\": \"integer\"}}}}}\n\
         </tools><|im_end|>\n<|im_start|>user\nWhat is 1 + 2?<|im_end|>\n<|im_start|>assistant\n<tool_call>\n\
         {\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": \"<2>\"}}\n</tool_call><|im_end|>\n<|im_start|>user\n\
         <tool_response>\n3\n</tool_response><|im_end|>\n<|im_start|>assistant\n"
    );
}

#[test]
fn a_mistral_conversation_has_lists_of_calls_and_checks_of_its_own() {
    let text = format(&[(DEFAULT, MISTRAL)]).render(&with_tools()).unwrap();
    assert!(
        text.starts_with("<s>[AVAILABLE_TOOLS] [{\"type\": \"function\", \"function\": {\"name\": \"add\""),
        "{text}"
    );
    assert!(
        text.contains(
            "[TOOL_CALLS] [{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": \"<2>\"}, \"id\": \"call00001\"}]</s>"
        ),
        "{text}"
    );
    let error = render(MISTRAL, &[message("user", "hi"), message("wizard", "hm")]).unwrap_err();
    assert!(error.to_string().ends_with("Only user and assistant roles are supported"), "{error}");
}

#[test]
fn each_family_says_how_it_writes_calls() {
    let of = |template| format(&[(DEFAULT, template)]).calls();
    let ways = [of(LLAMA), of(QWEN), of(MISTRAL)];
    assert!(ways[0] != ways[1] && ways[1] != ways[2] && ways[0] != ways[2]);
    assert_eq!(format(&[]).calls(), of(QWEN));
}

#[test]
fn a_model_may_have_a_template_of_its_own_for_tools() {
    let format = format(&[(DEFAULT, "plain"), (TOOL_USE, "with {{ tools | length }}"), ("rag", "reading")]);
    let talk = Conversation { tools: vec![], ..with_tools() };
    assert_eq!(format.render(&talk).unwrap(), "plain");
    assert_eq!(format.render(&with_tools()).unwrap(), "with 1");
    assert_eq!(format.render(&Conversation { template: Some("rag".into()), ..talk.clone() }).unwrap(), "reading");
    assert!(format.render(&Conversation { template: Some("none".into()), ..talk }).is_err());
}

#[test]
fn a_template_in_the_style_of_transformers_renders() {
    let template = "{{ bos_token }}{% for message in messages %}\n    {% if message['role'].startswith('u') %}\n\
        [{{ message['content'].strip() | upper }}]{% endif %}\n{% endfor %}\n\
        {% if add_generation_prompt %}>{% endif %}";
    assert_eq!(render(template, &[message("user", " hi ")]).unwrap(), "<s>[HI]>");
    let marked =
        "{% for message in messages %}{%- generation %}{{ message.content }}{% endgeneration %}{% break %}{% endfor %}";
    assert_eq!(render(marked, &[message("user", "hi"), message("user", "ho")]).unwrap(), "hi");
}

#[test]
fn json_is_written_as_models_have_read_it() {
    let template = "{{ messages[0] | tojson }}{{ messages[0] | tojson(indent=1) }}";
    let text = render(template, &[message("user", "<é>")]).unwrap();
    assert_eq!(text, "{\"role\": \"user\", \"content\": \"<é>\"}{\n \"role\": \"user\",\n \"content\": \"<é>\"\n}");
}

#[test]
fn a_template_that_asks_for_the_time_is_refused() {
    assert!(render("{{ strftime_now('%Y') }}", &[message("user", "hi")]).is_err());
}

#[test]
fn a_refusal_by_the_template_reaches_the_user() {
    let error = render("{{ raise_exception('roles must alternate') }}", &[message("user", "hi")]).unwrap_err();
    assert!(error.to_string().ends_with("roles must alternate"), "{error}");
}

#[test]
fn without_a_template_the_conversation_is_plain_text() {
    let messages = [message("system", "Be kind."), message("user", "Hello")];
    let text = format(&[]).render(&messages.as_slice().into()).unwrap();
    assert_eq!(text, "system: Be kind.\nuser: Hello\nassistant:");
    assert!(format(&[]).render(&Conversation::default()).is_err());
}
