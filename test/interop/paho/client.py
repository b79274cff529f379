"""One MQTT client: connects as its argument says, then does what the lines of its input say, until the input ends.

Commands and events are JSON, one a line; payloads are base64, correlation data is hex.
"""

import base64
import json
import sys
import threading

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

PROTOCOLS = {"3.1": mqtt.MQTTv31, "3.1.1": mqtt.MQTTv311, "5.0": mqtt.MQTTv5}
options = json.loads(sys.argv[1])
is_5 = options["version"] == "5.0"
output = threading.Lock()
# Held while a request is sent, so that its answer finds the request's number.
requests = threading.Lock()
numbers = {}


def emit(event, **fields):
    with output:
        print(json.dumps({"event": event, **fields}), flush=True)


def properties_for(packet_type, values):
    if not is_5:
        return None
    properties = Properties(packet_type)
    for name, value in (values or {}).items():
        if name == "CorrelationData":
            value = bytes.fromhex(value)
        if name == "UserProperty":
            for pair in value:
                properties.UserProperty = tuple(pair)
        else:
            setattr(properties, name, int(value) if isinstance(value, bool) else value)
    return properties


def plain(properties):
    return properties.json() if properties is not None and is_5 else {}


def code_of(reason):
    return getattr(reason, "value", reason)


def on_connect(_client, _userdata, flags, reason, properties=None):
    emit(
        "connack",
        code=code_of(reason),
        sessionPresent=bool(flags["session present"]),
        properties=plain(properties),
    )


def on_disconnect(_client, _userdata, reason, properties=None):
    # A number is paho's own word for what went wrong, not the server's.
    emit("closed", code=0 if isinstance(reason, int) else code_of(reason))


def on_message(_client, _userdata, message):
    emit(
        "message",
        topic=message.topic,
        payload=base64.b64encode(message.payload).decode(),
        qos=message.qos,
        retain=bool(message.retain),
        properties=plain(getattr(message, "properties", None)),
    )


def answered(mid, code):
    with requests:
        number = numbers.pop(mid)
    emit("done", id=number, code=code)


def on_subscribe(_client, _userdata, mid, granted, properties=None):
    answered(mid, code_of(granted[0]))


def on_unsubscribe(_client, _userdata, mid, *_rest):
    answered(mid, 0)


def on_log(_client, _userdata, _level, text):
    if text == "Received PINGRESP":
        emit("pingresp")


def new_client():
    arguments = {} if is_5 else {"clean_session": options["cleanStart"]}
    client = mqtt.Client(
        options["clientId"],
        protocol=PROTOCOLS[options["version"]],
        reconnect_on_failure=False,
        **arguments,
    )
    client.on_connect, client.on_disconnect, client.on_message = on_connect, on_disconnect, on_message
    client.on_subscribe, client.on_unsubscribe, client.on_log = on_subscribe, on_unsubscribe, on_log
    if "userName" in options:
        client.username_pw_set(options["userName"], options.get("password"))
    will = options.get("will")
    if will is not None:
        client.will_set(
            will["topic"],
            will["payload"],
            will.get("qos", 0),
            will.get("retain", False),
            properties_for(PacketTypes.WILLMESSAGE, will["properties"]),
        )
    return client


def connect(client):
    arguments = {}
    if is_5:
        arguments["clean_start"] = options["cleanStart"]
        arguments["properties"] = properties_for(PacketTypes.CONNECT, options["properties"])
    client.connect("127.0.0.1", options["port"], options["keepAlive"], **arguments)
    client.loop_start()


def wait_for_publish(info, number):
    info.wait_for_publish()
    emit("done", id=number, code=0)


def subscribe(client, command):
    properties = properties_for(PacketTypes.SUBSCRIBE, command["properties"])
    if is_5:
        chosen = SubscribeOptions(qos=command["qos"])
        return client.subscribe(command["filter"], options=chosen, properties=properties)
    return client.subscribe(command["filter"], command["qos"])


def perform(client, command):
    verb = command["do"]
    if verb == "publish":
        info = client.publish(
            command["topic"],
            base64.b64decode(command["payload"]),
            command["qos"],
            command["retain"],
            properties_for(PacketTypes.PUBLISH, command["properties"]),
        )
        threading.Thread(target=wait_for_publish, args=(info, command["id"]), daemon=True).start()
        return
    with requests:
        _, mid = subscribe(client, command) if verb == "subscribe" else client.unsubscribe(command["filter"])
        numbers[mid] = command["id"]


def main():
    client = new_client()
    connect(client)
    for line in sys.stdin:
        perform(client, json.loads(line))
    client.disconnect()
    client.loop_stop()


main()
