// Models and trainers as files, in one call: safetensors as `isthmus train` writes them, whole or not at all.
//
// A file names its graph, and is read into that graph alone. A model of isthmus_add_model() has the NAME that is
// said there; one that is compiled in place has its type's, as a header of that model would be called:
// `Variational2d` becomes `variational_2d`.
#pragma once

#include <isthmus/run/trainer.hpp>

#include <concepts>
#include <filesystem>
#include <string>
#include <string_view>

namespace isthmus {

/// Writes a trainer's parameters: the file autoencoder.safetensors, which every command and `load_parameters`
/// read. Throws FileError; NumberError, naming tensor and position, if one is NaN or infinite, and what was there
/// stays.
void save_parameters(const TrainerCore& trainer, std::string_view graph, const std::filesystem::path& path);

/// Takes the parameters of a whole model's file or a checkpoint. The optimizer starts anew, as TrainerCore::write
/// has it; so a trainer whose numbers are NaN is as good as a new one. Throws FileError, also for another graph's
/// file; ShapeError for one that lacks a tensor or has it in another shape; NumberError. Then nothing has changed.
void load_parameters(TrainerCore& trainer, std::string_view graph, const std::filesystem::path& path);
/// Takes the parameters for a model that is not trained, also from the file of its own half (encoder or decoder)
/// alone.
void load_parameters(InferenceCore& model, std::string_view graph, const std::filesystem::path& path);

/// Writes all that the next steps depend on: parameters, the optimizer's states, the number of steps, the learning
/// rate and the seed. Throws as save_parameters does.
void save_checkpoint(const TrainerCore& trainer, std::string_view graph, const std::filesystem::path& path);

/// Goes on from a checkpoint, one of `isthmus train` or of save_checkpoint: with the same samples, bit for bit as
/// if there had been no break. On several ranks each one loads it, by itself. Throws as load_parameters does;
/// FileError also for a file that is no checkpoint, or of another precision.
void load_checkpoint(TrainerCore& trainer, std::string_view graph, const std::filesystem::path& path);

namespace detail {

/// `…::Variational2d` → `variational_2d`
std::string file_name_of(std::string_view type);

template <class M>
constexpr std::string_view text_with_type() {
  return __PRETTY_FUNCTION__;
}

/// A Trainer, an mpi::Trainer, an Encoder …
template <class T, class Core>
concept OfModel = std::derived_from<T, Core> && requires { typename T::Model; };

}  // namespace detail

/// The name under which a model is in files.
template <class M>
std::string graph_name() {
  if constexpr (requires { linkage_of<M>::graph; }) {
    return linkage_of<M>::graph;
  } else {
    // `… [with M = graphs::Dense; …]`
    constexpr std::string_view text = detail::text_with_type<M>();
    constexpr std::size_t begin = text.find("M = ") + 4;
    return detail::file_name_of(text.substr(begin, text.find_first_of(";]", begin) - begin));
  }
}

template <detail::OfModel<TrainerCore> T>
void save_parameters(const T& trainer, const std::filesystem::path& path) {
  save_parameters(trainer, graph_name<typename T::Model>(), path);
}
template <class T>
  requires(detail::OfModel<T, TrainerCore> || detail::OfModel<T, InferenceCore>)
void load_parameters(T& model, const std::filesystem::path& path) {
  load_parameters(model, graph_name<typename T::Model>(), path);
}
template <detail::OfModel<TrainerCore> T>
void save_checkpoint(const T& trainer, const std::filesystem::path& path) {
  save_checkpoint(trainer, graph_name<typename T::Model>(), path);
}
template <detail::OfModel<TrainerCore> T>
void load_checkpoint(T& trainer, const std::filesystem::path& path) {
  load_checkpoint(trainer, graph_name<typename T::Model>(), path);
}

}  // namespace isthmus
