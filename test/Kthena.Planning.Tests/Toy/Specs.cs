namespace Kthena.Planning.Tests.Toy;

/// <summary>ModelServing specs that the stories begin with.</summary>
internal static class Specs
{
    /// <summary>One role of single pods.</summary>
    public static string Simple(int replicas = 1, int roleReplicas = 1, string extra = "") => $$"""
        {
          "replicas": {{replicas}}, {{extra}}
          "template": { "roles": [ { "name": "engine", "replicas": {{roleReplicas}}, "workerReplicas": 0, "maxUnavailable": 1,
            "entryTemplate": { "metadata": { "labels": { "app": "x" } },
              "spec": { "containers": [ { "name": "c", "image": "engine:1" } ] } } } ] }
        }
        """;

    /// <summary>One role of an entry pod and two workers.</summary>
    public static string WithWorkers(string extra = "", int replicas = 1) => $$"""
        {
          "replicas": {{replicas}}, {{extra}}
          "template": { "roles": [ { "name": "engine", "replicas": 1, "workerReplicas": 2,
            "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "engine:1" } ] } },
            "workerTemplate": { "spec": { "containers": [ { "name": "c", "image": "engine:1" } ] } } } ] }
        }
        """;

    /// <summary>Prefill and decode.</summary>
    public static string TwoRoles(string extra = "", int replicas = 1) => $$"""
        {
          "replicas": {{replicas}}, {{extra}}
          "template": { "roles": [
            { "name": "prefill", "replicas": 1, "workerReplicas": 0,
              "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "engine:1" } ] } } },
            { "name": "decode", "replicas": 2, "workerReplicas": 0,
              "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "engine:1" } ] } } } ] }
        }
        """;
}
