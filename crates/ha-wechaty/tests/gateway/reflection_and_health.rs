//! What load balancers and tools ask.

use ha_wechaty_testkit::{DEADLINE, House, SELF, Setup};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

const PUPPET: &str = "wechaty.Puppet";

fn of(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.into() }
}

#[tokio::test]
async fn the_puppet_is_healthy_as_long_as_the_team_is_up() {
    let mut house = House::new().await;
    let bot = house.bot().await;
    let mut health = HealthClient::new(bot.connection.clone());
    for service in ["", PUPPET] {
        let answer = health.check(of(service)).await.expect("an answer").into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service:?}");
    }
    let unknown = health.check(of("wechaty.Cat")).await.expect_err("not here");
    assert_eq!(unknown.code(), tonic::Code::NotFound);
    let mut watch = health.watch(of(PUPPET)).await.expect("a stream").into_inner();
    let mut statuses = Vec::new();
    statuses.push(watch.message().await.expect("open").expect("the first").status());
    house.alice.says(&house.room, "nobody's health changes by this");
    house.lose(0).await;
    house.lose(1).await;
    let answer = health.check(of(PUPPET)).await.expect("an answer").into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving, "one is enough");
    house.lose(2).await;
    statuses.push(watch.message().await.expect("open").expect("the second").status());
    let answer = health.check(of("")).await.expect("an answer").into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving, "the process serves all the same");
    house.phones[1].restore().await.expect("the same port");
    statuses.push(watch.message().await.expect("open").expect("the third").status());
    let (yes, no) = (ServingStatus::Serving, ServingStatus::NotServing);
    assert_eq!(statuses, [yes, no, yes], "changes, and nothing else");
    tokio::time::timeout(DEADLINE, house.shut_down()).await.expect("a watcher does not hold it");
}

#[tokio::test]
async fn tools_find_the_services_and_their_messages() {
    let house = Setup::new(SELF).open().await;
    let bot = house.bot().await;
    let mut reflection = ServerReflectionClient::new(bot.connection.clone());
    let ask = |request| ServerReflectionRequest { host: String::new(), message_request: Some(request) };
    let requests = [
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol("wechaty.Puppet.MessageSendText".into())),
    ];
    let answers = reflection.server_reflection_info(futures_util::stream::iter(requests)).await;
    let mut answers = answers.expect("a stream").into_inner();
    let mut next = async || answers.message().await.expect("whole").and_then(|it| it.message_response);
    let Some(MessageResponse::ListServicesResponse(list)) = next().await else { panic!("a list first") };
    let names: Vec<&str> = list.service.iter().map(|it| it.name.as_str()).collect();
    for name in [PUPPET, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let Some(MessageResponse::FileDescriptorResponse(files)) = next().await else { panic!("then a file") };
    assert!(!files.file_descriptor_proto.is_empty());
}

#[tokio::test]
async fn tools_that_know_only_the_older_reflection_find_them_too() {
    use tonic_reflection::pb::v1alpha::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let house = Setup::new(SELF).open().await;
    let bot = house.bot().await;
    let mut reflection = ServerReflectionClient::new(bot.connection.clone());
    let list = MessageRequest::ListServices(String::new());
    let list = ServerReflectionRequest { host: String::new(), message_request: Some(list) };
    let answers = reflection.server_reflection_info(futures_util::stream::iter([list])).await;
    let answer = answers.expect("a stream").into_inner().message().await.expect("whole").expect("an answer");
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else { panic!("a list") };
    assert!(list.service.iter().any(|it| it.name == PUPPET), "{list:?}");
}
