import yaml


def rate(config, epoch):
    base = config["optimizer"]["rate"]
    decay = config["schedule"]["decay"]
    return base * decay ** (epoch // 4)


def main():
    with open("config.yaml") as file:
        config = yaml.safe_load(file)
    for epoch in range(config["schedule"]["epochs"]):
        print(epoch, rate(config, epoch))


main()
