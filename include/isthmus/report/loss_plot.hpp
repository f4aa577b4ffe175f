// The losses over the epochs as a picture, drawn by gnuplot.
#pragma once

#include <filesystem>
#include <string>

#include <isthmus/report/history.hpp>
#include <isthmus/report/image_format.hpp>

namespace isthmus::report {

/// The script that draws `history` in gnuplot's language: the total's training and validation loss per epoch,
/// and below it, if there are more terms, a second panel with these. Values that are not finite are gaps. An
/// empty title takes no place. Throws ShapeError if the history has no epoch or is inconsistent.
std::string loss_plot_script(const History& history, const std::string& title,
                             ImageFormat format = ImageFormat::png);

/// loss_plot_script's picture as the bytes of a file: PNG is 1000 pixels wide, 600 high, 1000 high with a second
/// panel. Runs the command `gnuplot`, found on the PATH, without a shell. Throws Error if gnuplot is missing or
/// fails.
std::string draw_loss_plot(const History& history, const std::string& title, ImageFormat format);

/// Draws it into the PNG file `path`, whole or not at all. Throws as draw_loss_plot does, and FileError if `path`
/// cannot be written; an earlier file is then untouched.
void write_loss_plot(const std::filesystem::path& path, const History& history, const std::string& title);

}  // namespace isthmus::report
