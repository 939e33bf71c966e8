import yaml


def rate(config, epoch):
    base = config["optimizer"]["rate"]
    decay = config["schedule"]["decay"]
    warm = min(1.0, (epoch + 1) / max(config["schedule"]["warmup"], 1))
    return base * warm * decay ** (epoch // 5)


def main():
    with open("config.yaml") as file:
        config = yaml.safe_load(file)
    for epoch in range(config["schedule"]["epochs"]):
        print(epoch, rate(config, epoch))


main()
